import type { SubscriptionItemSnapshot, SubscriptionSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, recordOf, recordsOf, textOf, wholeNumberOf } from "./fields.ts";
import { metadataPlanIdClaim } from "./planIdClaims.ts";
import { priceReference } from "./priceReference.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a subscription of any API version from an event or from the API.
 *
 * Items come from `items`; where there is no such list (before about 2016), from `plan` and `quantity` of
 * the subscription itself, which later versions still send beside `items` and which are then ignored. An
 * item without a period of its own has that of the subscription (the only place before 2025-03-31.basil).
 *
 * `itemsComplete` is false if the list says `has_more`, holds something that is no item, or if there is
 * neither a list nor a plan.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id` (subscriptions recorded in 2013
 * have none) or `status`
 */
export function readSubscription(object: RawObject): SubscriptionSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("subscription.id");
  }
  const status = textOf(object["status"]);
  if (status === null) {
    throw new UnreadableObjectError("subscription.status");
  }
  return {
    id,
    customerId: idOf(object["customer"]),
    status,
    ...readItems(object),
    cancelAtPeriodEnd: object["cancel_at_period_end"] === true,
    cancelAtSeconds: wholeNumberOf(object["cancel_at"]),
    canceledAtSeconds: wholeNumberOf(object["canceled_at"]),
    endedAtSeconds: wholeNumberOf(object["ended_at"]),
    trialEndSeconds: wholeNumberOf(object["trial_end"]),
    hasPaymentMethod:
      idOf(object["default_payment_method"]) !== null || idOf(object["default_source"]) !== null,
    pauseCollectionBehavior: textOf(recordOf(object["pause_collection"])?.["behavior"]),
    cancellationReason: textOf(recordOf(object["cancellation_details"])?.["reason"]),
    planIdClaim: metadataPlanIdClaim(object),
  };
}

function readItems(subscription: RawObject): Pick<SubscriptionSnapshot, "items" | "itemsComplete"> {
  const list = recordOf(subscription["items"]);
  const entries = list?.["data"];
  if (Array.isArray(entries)) {
    const items = recordsOf(list);
    return {
      items: items.map((item) => readItem(item, subscription)),
      itemsComplete: list?.["has_more"] !== true && items.length === entries.length,
    };
  }
  const plan = idOf(subscription["plan"]);
  return {
    items: plan === null ? [] : [readItem(subscription, subscription)],
    itemsComplete: plan !== null,
  };
}

function readItem(item: RawObject, subscription: RawObject): SubscriptionItemSnapshot {
  return {
    ...priceReference(item),
    quantity: wholeNumberOf(item["quantity"]),
    currentPeriodStartSeconds: wholeNumberOf(
      item["current_period_start"] ?? subscription["current_period_start"],
    ),
    currentPeriodEndSeconds: wholeNumberOf(
      item["current_period_end"] ?? subscription["current_period_end"],
    ),
  };
}
