import { cancelSubscription } from "../billing/cancelSubscription.ts";
import { changeSubscription } from "../billing/changeSubscription.ts";
import { collectInvoice } from "../billing/collectInvoice.ts";
import { isEnded } from "../billing/isEnded.ts";
import { resumeSubscription } from "../billing/resumeSubscription.ts";
import type { PortalSession, Subscription } from "../entities.ts";
import { attachPaymentMethod, createPaymentMethod } from "../payments/paymentMethods.ts";
import { testMethodOf } from "../payments/testMethods.ts";
import { invalidRequest, resourceMissing } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { PORTAL_MAX_QUANTITY, PORTAL_METHODS } from "./portalPage.ts";

const ACTIONS: Record<string, Action> = {
  cancel_at_period_end: (world, subscription, _form, origin) => {
    // With flexible billing Stripe's portal plans the end by its time.
    const end = subscription.items.data[0]?.current_period_end;
    changeSubscription(world, subscription, { cancel_at: end }, origin);
  },
  cancel_now: (world, subscription) => {
    cancelSubscription(world, subscription, "cancellation_requested");
  },
  change_quantity: (world, subscription, form, origin) => {
    const text = form.get("quantity") ?? "";
    const quantity = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (quantity < 1 || quantity > PORTAL_MAX_QUANTITY) {
      throw invalidRequest(`A quantity is a whole number from 1 to ${PORTAL_MAX_QUANTITY}.`);
    }
    const id = subscription.items.data[0]?.id;
    changeSubscription(world, subscription, { items: [{ id, quantity }] }, origin);
  },
  keep: (world, subscription, _form, origin) => {
    changeSubscription(world, subscription, { cancel_at: null }, origin);
  },
  pay: (world, { latest_invoice }, _form, origin) => {
    const payer = { isPresent: true, methodId: null, origin };
    const { status } = collectInvoice(world, latest_invoice ?? "", payer);
    return status === "open" ? "The payment failed. Update your payment method." : null;
  },
  resume: (world, subscription, _form, origin) => {
    resumeSubscription(world, subscription, origin);
  },
  switch: (world, subscription, form, origin) => {
    const id = subscription.items.data[0]?.id;
    const items = [{ id, price: form.get("price") ?? "" }];
    changeSubscription(world, subscription, { items }, origin);
  },
  update_payment_method: updateMethod,
};

/** Does something on a subscription, and returns what went wrong in words for the customer. */
type Action = (
  world: World,
  subscription: Subscription,
  form: URLSearchParams,
  origin: string,
  // An action without anything to say returns nothing.
  // biome-ignore lint/suspicious/noConfusingVoidType: see above
) => string | null | void;

/**
 * What a customer asked for on the portal page. Returns a message when a payment failed.
 *
 * @throws StripeError when the subscription is not the customer's, or the wish cannot be met
 */
export function portalAction(
  world: World,
  session: PortalSession,
  form: URLSearchParams,
  origin: string,
): string | null {
  const id = form.get("subscription") ?? "";
  const subscription = world.find("subscriptions", id, "subscription");
  if (subscription.customer !== session.customer || isEnded(subscription)) {
    throw resourceMissing("subscription", id);
  }
  const name = form.get("action") ?? "";
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    throw invalidRequest("The portal cannot do this.");
  }
  return action(world, subscription, form, origin) ?? null;
}

function updateMethod(world: World, subscription: Subscription, form: URLSearchParams): void {
  const method = testMethodOf(form.get("method") ?? "");
  if (method === undefined || !PORTAL_METHODS.includes(method)) {
    throw invalidRequest("This is no test number that the portal takes.");
  }
  const kept = createPaymentMethod(world, method, { customer: null });
  const { id } = attachPaymentMethod(world, kept, subscription.customer);
  const customer = world.must("customers", subscription.customer);
  const settings = { ...customer.invoice_settings, default_payment_method: id };
  world.update("customers", customer.id, { invoice_settings: settings }, "customer.updated");
  world.update(
    "subscriptions",
    subscription.id,
    { default_payment_method: id },
    "customer.subscription.updated",
  );
}
