import { mergeMetadata } from "../api/parameters.ts";
import type { Subscription } from "../entities.ts";
import { attachPaymentMethod, paymentMethodOf } from "../payments/paymentMethods.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { changeSubscription } from "./changeSubscription.ts";
import { collectInvoice, defaultMethodOf } from "./collectInvoice.ts";
import { createSubscription } from "./createSubscription.ts";
import { chosenDiscount } from "./discounts.ts";
import { paymentOf } from "./invoices.ts";
import type { SubscriptionCreation } from "./subscriptionParameters.ts";

/**
 * Makes a subscription for a customer who has something to pay with, and takes the first payment, as
 * `payment_behavior` says.
 *
 * @throws StripeError
 */
export function subscribeCustomer(
  world: World,
  given: SubscriptionCreation,
  origin: string,
): Subscription {
  const customer = world.find("customers", given.customer, "customer", "customer");
  const trialEndSeconds = trialEnd(world, given);
  const methodId = attachedMethod(world, given.default_payment_method, customer.id);
  const created = createSubscription(world, {
    customer: customer.id,
    items: given.items.map(({ price, quantity: wanted = 1, metadata: marks }, index) => ({
      price: world.find("prices", price, "price", `items[${index}][price]`),
      quantity: wanted,
      metadata: mergeMetadata({}, marks),
    })),
    defaultPaymentMethod: methodId,
    description: given.description ?? null,
    metadata: mergeMetadata({}, given.metadata),
    trialEndSeconds,
    missingPaymentMethod:
      given.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
    discounts: (given.discounts ?? []).map((named) => chosenDiscount(world, named)),
    automaticTax: given.automatic_tax?.enabled ?? false,
    checkoutSession: null,
    statusBeforePayment: "incomplete",
    paymentIntent: null,
  });
  if (created.status === "incomplete" && given.payment_behavior !== "default_incomplete") {
    payFirst(world, created, given, origin);
  }
  const { cancel_at, cancel_at_period_end } = given;
  return changeSubscription(
    world,
    world.must("subscriptions", created.id),
    { cancel_at, cancel_at_period_end },
    origin,
  );
}

/** @throws StripeError when there is nothing to pay with, or the payment must not fail and does */
function payFirst(
  world: World,
  subscription: Subscription,
  given: SubscriptionCreation,
  origin: string,
): void {
  if (defaultMethodOf(world, subscription) === null) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      { code: "resource_missing" },
    );
  }
  const isPresent = given.off_session !== true;
  const invoiceId = subscription.latest_invoice ?? "";
  collectInvoice(world, invoiceId, { isPresent, methodId: null, origin });
  if (
    given.payment_behavior === "error_if_incomplete" &&
    world.must("subscriptions", subscription.id).status === "incomplete"
  ) {
    const intentId = paymentOf(world, invoiceId).payment.payment_intent ?? "";
    const error = world.must("paymentIntents", intentId).last_payment_error;
    // Unlike other refused cards this one leaves nothing behind.
    throw new StripeError("card_error", error?.message ?? "Your card was declined.", {
      code: error?.code ?? "card_declined",
      ...(error?.decline_code !== undefined && { declineCode: error.decline_code }),
    });
  }
}

function attachedMethod(world: World, id: string | undefined, customer: string): string | null {
  return id === undefined
    ? null
    : attachPaymentMethod(world, paymentMethodOf(world, id, "default_payment_method"), customer).id;
}

function trialEnd(world: World, given: SubscriptionCreation): number | null {
  if (given.trial_end !== undefined && given.trial_period_days !== undefined) {
    throw invalidRequest("You cannot set both trial_end and trial_period_days.", {
      param: "trial_end",
    });
  }
  if (typeof given.trial_end === "number") {
    if (given.trial_end <= world.nowSeconds()) {
      throw invalidRequest("Invalid trial_end: must be in the future.", { param: "trial_end" });
    }
    return given.trial_end;
  }
  const days = given.trial_period_days ?? 0;
  return days === 0 ? null : world.nowSeconds() + days * 24 * 3_600;
}
