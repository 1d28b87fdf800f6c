import { html } from "hono/html";
import { isEnded } from "../billing/isEnded.ts";
import type { PortalSession, Price, Subscription } from "../entities.ts";
import { TEST_METHODS } from "../payments/testMethods.ts";
import type { World } from "../state/World.ts";
import { alert, day, type Html, layout, money } from "./layout.ts";
import { testMethodChoice } from "./testMethodChoice.ts";

/** Test methods that can be saved here: the portal has no page for 3-D Secure. */
export const PORTAL_METHODS = TEST_METHODS.filter(({ behaviour }) => behaviour !== "authenticates");

/** As at Stripe. */
export const PORTAL_MAX_QUANTITY = 999_999;

/** A customer's subscriptions, and what the customer can do with each. */
export function portalPage(
  world: World,
  session: PortalSession,
  message: string | null = null,
): Html {
  const subscriptions = world.store
    .all("subscriptions")
    .filter((one) => one.customer === session.customer && !isEnded(one));
  const back =
    session.return_url === null
      ? html``
      : html`<p><a href="${session.return_url}">Return to the shop</a></p>`;
  return layout(
    "Your subscriptions",
    html`${alert(message)}
${subscriptions.length === 0 ? html`<p>You have no subscription.</p>` : ""}
${subscriptions.map((subscription) => section(world, session.id, subscription))}
${back}`,
  );
}

function section(world: World, sessionId: string, subscription: Subscription): Html {
  const [item] = subscription.items.data;
  if (item === undefined) {
    return html``;
  }
  const button = (action: string, label: string) =>
    form(sessionId, subscription, action, html`<button type="submit">${label}</button>`);
  const invoice = subscription.latest_invoice
    ? world.must("invoices", subscription.latest_invoice)
    : null;
  return html`<section aria-labelledby="${subscription.id}">
<h2 id="${subscription.id}">${nameOf(world, item.price)}</h2>
<p>Status: ${subscription.status}. ${whatComes(subscription)}</p>
${subscription.status === "paused" ? button("resume", "Resume") : ""}
${invoice?.status === "open" ? button("pay", `Pay ${money(invoice.amount_due, invoice.currency)} now`) : ""}
${switchForm(world, sessionId, subscription, item.price)}
${form(
  sessionId,
  subscription,
  "change_quantity",
  html`<label>Quantity <input type="number" name="quantity" min="1" max="${PORTAL_MAX_QUANTITY}" required value="${item.quantity}"></label>
<button type="submit">Change quantity</button>`,
)}
${
  subscription.cancel_at === null
    ? button("cancel_at_period_end", "Cancel at the end of the period")
    : button("keep", "Do not cancel")
}
${button("cancel_now", "Cancel now")}
${form(
  sessionId,
  subscription,
  "update_payment_method",
  html`${testMethodChoice("New payment method", PORTAL_METHODS)}<button type="submit">Update payment method</button>`,
)}
</section>`;
}

function form(sessionId: string, subscription: Subscription, action: string, content: Html): Html {
  return html`<form method="post" action="/portal/${sessionId}">
<input type="hidden" name="action" value="${action}">
<input type="hidden" name="subscription" value="${subscription.id}">
${content}
</form>`;
}

function switchForm(
  world: World,
  sessionId: string,
  subscription: Subscription,
  present: Price,
): Html {
  const others = world.store
    .all("prices")
    .filter(
      ({ id, active, recurring, currency }) =>
        active && recurring !== null && currency === present.currency && id !== present.id,
    );
  if (others.length === 0) {
    return html``;
  }
  return form(
    sessionId,
    subscription,
    "switch",
    html`<label>Other plans <select name="price">
${others.map((price) => html`<option value="${price.id}">${nameOf(world, price)}</option>`)}
</select></label>
<button type="submit">Switch plan</button>`,
  );
}

function nameOf(world: World, price: Price): string {
  const name = world.must("products", price.product).name;
  const every = price.recurring === null ? "" : ` each ${price.recurring.interval}`;
  return `${name}, ${money(price.unit_amount ?? 0, price.currency)}${every}`;
}

function whatComes({ status, cancel_at, trial_end, items }: Subscription): string {
  const end = items.data[0]?.current_period_end ?? 0;
  if (cancel_at !== null) {
    return `It ends on ${day(cancel_at)}.`;
  }
  return status === "trialing" && trial_end !== null
    ? `The trial ends on ${day(trial_end)}.`
    : `It renews on ${day(end)}.`;
}
