import { html } from "hono/html";
import { TEST_METHODS, type TestMethod } from "../payments/testMethods.ts";
import type { Html } from "./layout.ts";

/** Radio buttons for the test numbers, the one that succeeds first and chosen. */
export function testMethodChoice(
  legend: string,
  methods: readonly TestMethod[] = TEST_METHODS,
): Html {
  return html`<fieldset>
<legend>${legend}</legend>
${methods.map(
  ({ number, label }, index) => html`<label>
<input type="radio" name="method" value="${number}" required${index === 0 ? html` checked` : ""}> ${label}
</label>
`,
)}</fieldset>`;
}
