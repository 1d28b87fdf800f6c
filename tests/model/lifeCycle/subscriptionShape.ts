import { type JsonObject, listOf } from "../../fixtures/stripe.ts";
import { PLAN_PLACEHOLDER } from "./Journal.ts";
import type { SubscriptionLife } from "./SubscriptionLife.ts";

/** A subscription as Stripe shows it. */
export function subscriptionShape(life: SubscriptionLife): JsonObject {
  return {
    id: life.id,
    object: "subscription",
    cancel_at: life.cancelAtSeconds,
    cancel_at_period_end: life.cancelAtPeriodEnd,
    canceled_at: life.endedAtSeconds,
    cancellation_details: { reason: life.endReason },
    customer: life.customer.id,
    default_payment_method: life.hasCard ? "pm_1" : null,
    ended_at: life.endedAtSeconds,
    items: listOf(
      life.items.map(({ id, lookupKey, quantity }) => ({
        id,
        object: "subscription_item",
        current_period_end: life.periodEndSeconds,
        current_period_start: life.periodStartSeconds,
        price: {
          id: `price_of_${lookupKey}`,
          object: "price",
          lookup_key: lookupKey,
          product: "prod_1",
        },
        quantity,
      })),
    ),
    metadata: { planId: PLAN_PLACEHOLDER },
    pause_collection: life.collection === null ? null : { behavior: life.collection },
    status: life.status,
    trial_end: life.trialEndSeconds,
  };
}
