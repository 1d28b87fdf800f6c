import { html } from "hono/html";
import { quantityBounds } from "../checkout/changeQuantity.ts";
import { trialEndOf } from "../checkout/completeSession.ts";
import { needsMethod } from "../checkout/payForSession.ts";
import type { CheckoutSession } from "../entities.ts";
import { TEST_METHODS, type TestMethod } from "../payments/testMethods.ts";
import type { World } from "../state/World.ts";
import { alert, day, type Html, layout, money } from "./layout.ts";
import { testMethodChoice } from "./testMethodChoice.ts";

/** The page of a Checkout Session: the form while it is open, else what became of it. */
export function checkoutPage(
  world: World,
  session: CheckoutSession,
  message: string | null = null,
): Html {
  if (session.status === "complete") {
    return layout(
      "All done",
      html`<p>This checkout is complete. You cannot pay it again.</p>
<p><a href="${successUrl(session)}">Back to the shop</a></p>`,
    );
  }
  if (session.status === "expired") {
    return layout(
      "This checkout has expired",
      html`<p>Nothing was paid. Go back to the shop to begin again.</p>${cancelLink(session)}`,
    );
  }
  return layout(TITLES[session.mode], openForm(world, session, message));
}

/** Where the buyer goes after paying, with the session's id filled in. */
export function successUrl({ id, success_url }: CheckoutSession): string {
  return (success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", id);
}

const TITLES: Record<CheckoutSession["mode"], string> = {
  payment: "Pay",
  subscription: "Subscribe",
  setup: "Save a payment method",
};

const BUTTONS: Record<CheckoutSession["mode"], string> = {
  payment: "Pay",
  subscription: "Subscribe",
  setup: "Save",
};

function openForm(world: World, session: CheckoutSession, message: string | null): Html {
  const knownEmail = session.customer_details?.email ?? session.customer_email;
  const email =
    session.customer !== null || session.customer_email !== null
      ? html`<p>${knownEmail ?? "Known customer"}</p>`
      : html`<label>Email <input type="email" name="email" autocomplete="email" required value="${knownEmail ?? ""}"></label>
<label>Name <input type="text" name="name" autocomplete="name" value="${session.customer_details?.name ?? ""}"></label>`;
  return html`${alert(message)}
${session.mode === "setup" ? "" : summary(world, session)}
${session.mode === "setup" ? "" : quantityForms(world, session)}
${session.allow_promotion_codes ? promotionForm(session) : ""}
<form method="post" action="/checkout/${session.id}">
${email}
${needsMethod(world, session) ? testMethodChoice("Pay with", methodsFor(session)) : ""}
<button class="primary" type="submit">${BUTTONS[session.mode]}</button>
</form>
${cancelLink(session)}`;
}

function summary(world: World, session: CheckoutSession): Html {
  const { lineItems } = world.must("sessionDetails", session.id);
  const currency = session.currency ?? "usd";
  const trialEnd = session.mode === "subscription" ? trialEndOf(world, session.id) : null;
  const off = session.total_details?.amount_discount ?? 0;
  return html`<table>
<caption>Your order</caption>
<tbody>
${lineItems.map(
  (
    item,
  ) => html`<tr><th scope="row">${item.quantity} × ${item.description}${everyOf(item.price)}</th><td>${money(item.amount_subtotal, currency)}</td></tr>
`,
)}${off === 0 ? "" : html`<tr><th scope="row">Discount</th><td>−${money(off, currency)}</td></tr>`}
</tbody>
<tfoot><tr><th scope="row">${trialEnd === null ? "Total" : `Due on ${day(trialEnd)}, after your trial`}</th><td>${money(session.amount_total ?? 0, currency)}</td></tr></tfoot>
</table>`;
}

function everyOf(price: { recurring: { interval: string; interval_count: number } | null } | null) {
  const recurring = price?.recurring ?? null;
  if (recurring === null) {
    return "";
  }
  const { interval, interval_count } = recurring;
  return interval_count === 1 ? `, every ${interval}` : `, every ${interval_count} ${interval}s`;
}

/** One form for each item of which the buyer may choose how many. */
function quantityForms(world: World, session: CheckoutSession): Html[] {
  return world.must("sessionDetails", session.id).lineItems.flatMap((item) => {
    const bounds = quantityBounds(item);
    return bounds === null
      ? []
      : [
          html`<form method="post" action="/checkout/${session.id}/quantity">
<input type="hidden" name="item" value="${item.id}">
<label>Quantity of ${item.description} <input type="number" name="quantity" min="${bounds.min}" max="${bounds.max}" required value="${item.quantity}"></label>
<button type="submit">Update</button>
</form>`,
        ];
  });
}

function methodsFor({ payment_method_types }: CheckoutSession): TestMethod[] {
  return TEST_METHODS.filter(({ type }) => payment_method_types.includes(type));
}

function promotionForm({ id }: CheckoutSession): Html {
  return html`<form method="post" action="/checkout/${id}/promotion_code">
<label>Promotion code <input type="text" name="promotion_code" required maxlength="200"></label>
<button type="submit">Apply</button>
</form>`;
}

function cancelLink({ cancel_url }: CheckoutSession): Html {
  return cancel_url === null ? html`` : html`<p><a href="${cancel_url}">Cancel and go back</a></p>`;
}
