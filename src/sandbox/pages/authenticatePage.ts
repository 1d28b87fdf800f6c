import { html } from "hono/html";
import { type Html, layout } from "./layout.ts";

/** The page of the buyer's bank: 3-D Secure with two buttons. */
export function authenticatePage(intentId: string): Html {
  return layout(
    "3-D Secure test page",
    html`<p>Your bank asks whether it is you who pays.</p>
<form method="post" action="/authenticate/${intentId}">
<button class="primary" type="submit" name="answer" value="approve">Approve</button>
<button type="submit" name="answer" value="decline">Decline</button>
</form>`,
  );
}
