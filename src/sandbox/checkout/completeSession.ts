import { invoicePaymentConcluded } from "../billing/collectInvoice.ts";
import { createSubscription } from "../billing/createSubscription.ts";
import { sessionDiscounts } from "../billing/discounts.ts";
import type { CheckoutSession } from "../entities.ts";
import { customerDetails } from "../formatters/newCheckoutSession.ts";
import { attachPaymentMethod } from "../payments/paymentMethods.ts";
import type { World } from "../state/World.ts";

const DAY_SECONDS = 24 * 3_600;

/**
 * The buyer has done what was asked: paid, started a debit, or saved a method. Makes what was bought and
 * completes the session. Stripe makes the subscription only now, so it is active from the start.
 */
export function completeSession(
  world: World,
  session: CheckoutSession,
  methodId: string | null,
): CheckoutSession {
  const details = world.must("sessionDetails", session.id);
  if (methodId !== null && session.customer !== null && keepsMethod(world, session)) {
    attachPaymentMethod(world, world.must("paymentMethods", methodId), session.customer);
  }
  const bought = session.mode === "subscription" ? subscribe(world, session, methodId) : {};
  const customer = session.customer && world.must("customers", session.customer);
  return world.update(
    "sessions",
    session.id,
    {
      ...bought,
      status: "complete",
      url: null,
      payment_status: paymentStatusOf(world, session),
      payment_intent: session.mode === "payment" ? details.paymentIntent : null,
      setup_intent: session.mode === "setup" ? details.setupIntent : null,
      customer_details: customer
        ? customerDetails(customer.email, customer.name ?? null)
        : session.customer_details,
    },
    "checkout.session.completed",
  );
}

/** When the trial of a subscription that begins now ends; null for none. */
export function trialEndOf(world: World, sessionId: string): number | null {
  const { trialEndSeconds, trialPeriodDays } = world.must("sessionDetails", sessionId).subscription;
  return trialPeriodDays === null
    ? trialEndSeconds
    : world.nowSeconds() + trialPeriodDays * DAY_SECONDS;
}

function keepsMethod(world: World, { id, mode }: CheckoutSession): boolean {
  return mode !== "payment" || world.must("sessionDetails", id).setupFutureUsage !== null;
}

function paymentStatusOf(world: World, { id }: CheckoutSession): CheckoutSession["payment_status"] {
  const { paymentIntent } = world.must("sessionDetails", id);
  if (paymentIntent === null) {
    return "no_payment_required";
  }
  return world.must("paymentIntents", paymentIntent).status === "succeeded" ? "paid" : "unpaid";
}

function subscribe(
  world: World,
  session: CheckoutSession,
  methodId: string | null,
): Pick<CheckoutSession, "invoice" | "subscription"> {
  const { lineItems, paymentIntent, subscription } = world.must("sessionDetails", session.id);
  const created = createSubscription(world, {
    customer: session.customer ?? "",
    items: lineItems.flatMap(({ price, quantity }) =>
      price === null ? [] : [{ price, quantity: quantity ?? 1, metadata: {} }],
    ),
    defaultPaymentMethod: methodId,
    description: subscription.description,
    metadata: subscription.metadata,
    trialEndSeconds: trialEndOf(world, session.id),
    missingPaymentMethod: subscription.missingPaymentMethod,
    discounts: sessionDiscounts(world, session.discounts),
    automaticTax: session.automatic_tax.enabled,
    checkoutSession: session.id,
    statusBeforePayment: "active",
    paymentIntent,
  });
  if (paymentIntent !== null) {
    invoicePaymentConcluded(world, world.must("paymentIntents", paymentIntent));
  }
  return { invoice: created.latest_invoice, subscription: created.id };
}
