import type { SubscriptionItemSnapshot, SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { type PaidPlanType, planTypeRank, recognisePrice } from "./catalog.ts";
import { type Grant, nothing, type Terms } from "./grant.ts";
import { behindSince, type PaymentStanding, wasPaid } from "./paymentStanding.ts";
import type { PlanRule } from "./planRules.ts";

/** A subscription as its grant depends on it. */
export interface SubscriptionStanding {
  state: SubscriptionSnapshot;
  standing: PaymentStanding;
  /** How the delayed payment of the checkout that began it stands; `null` if there is no question. */
  firstPayment: "pending" | "failed" | null;
}

/**
 * What a subscription grants now: its status under the policy times the best plan type that its items
 * buy. Items decide, not intentions: a pending update counts when it is in the items.
 */
export function subscriptionGrant(subscription: SubscriptionStanding, terms: Terms): Grant {
  const { state, standing } = subscription;
  const { policy } = terms;
  switch (state.status) {
    case "active":
    case "trialing":
    case "past_due":
      return grantInForce(subscription, terms);
    case "unpaid":
    case "paused": {
      const rule = `subscription_${state.status}` as const;
      return policy[rule].grants ? grantUntilScheduledEnd(rule, state, terms) : nothing(rule);
    }
    case "canceled":
      return policy.subscription_canceled.grantsUntilPeriodEnd && endedPaid(state, standing)
        ? grantOfPaidRest(state, terms)
        : nothing("subscription_canceled");
    case "incomplete":
    case "incomplete_expired":
      return nothing(`subscription_${state.status}`);
    default:
      return nothing("subscription_status_unknown");
  }
}

/**
 * When the subscription will end by itself; `null` if it will go on. Stripe's flexible billing mode sets
 * only `cancel_at`, the classic one may set only `cancel_at_period_end`.
 */
export function endsAtSeconds(state: SubscriptionSnapshot): number | null {
  return state.cancelAtSeconds ?? (state.cancelAtPeriodEnd ? firstPeriodEndSeconds(state) : null);
}

/** When the trial of a subscription in its trial ends. */
export function trialEndSeconds(state: SubscriptionSnapshot): number | null {
  return state.trialEndSeconds ?? firstPeriodEndSeconds(state);
}

function grantInForce(subscription: SubscriptionStanding, terms: Terms): Grant {
  const { state, firstPayment } = subscription;
  if (firstPayment !== null) {
    const rule = `subscription_first_payment_${firstPayment}` as const;
    if (!terms.policy[rule].grants) {
      return nothing(rule);
    }
  }
  const collection = collectionRule(state.pauseCollectionBehavior);
  if (collection === "subscription_status_unknown") {
    return nothing(collection);
  }
  if (collection !== null && !terms.policy[collection].grants) {
    return nothing(collection);
  }
  switch (state.status) {
    case "trialing":
      return trialGrant(state, collection, terms);
    case "past_due":
      return pastDueGrant(subscription, terms);
    default:
      return activeGrant(state, collection, terms);
  }
}

type CollectionRule =
  | "subscription_collection_kept_as_draft"
  | "subscription_collection_uncollectible"
  | "subscription_collection_voided";

function collectionRule(
  behavior: string | null,
): CollectionRule | "subscription_status_unknown" | null {
  switch (behavior) {
    case null:
      return null;
    case "keep_as_draft":
      return "subscription_collection_kept_as_draft";
    case "mark_uncollectible":
      return "subscription_collection_uncollectible";
    case "void":
      return "subscription_collection_voided";
    default:
      return "subscription_status_unknown";
  }
}

function activeGrant(
  state: SubscriptionSnapshot,
  collection: CollectionRule | null,
  terms: Terms,
): Grant {
  const { grants, renewalGraceSeconds } = terms.policy.subscription_active;
  const rule = collection ?? "subscription_active";
  if (!grants) {
    return nothing(rule);
  }
  const { moment } = terms;
  const isOver = ({ currentPeriodEndSeconds: end }: SubscriptionItemSnapshot, graceSeconds = 0) =>
    end !== null && moment.hasCome(end + graceSeconds);
  const counting = state.items.filter((item) => !isOver(item, renewalGraceSeconds));
  const best = bestItems(counting, terms);
  if (best.length === 0) {
    const isRecognised = bestItems(state.items, terms).length > 0;
    return nothing(isRecognised ? "subscription_period_over" : "subscription_price_unrecognised");
  }
  const isPaid = best.some(({ item }) => !isOver(item));
  const granted = grantOf(best, isPaid ? rule : "subscription_renewal_awaited");
  return untilScheduledEnd(granted, state, terms);
}

function trialGrant(
  state: SubscriptionSnapshot,
  collection: CollectionRule | null,
  terms: Terms,
): Grant {
  const { policy, moment } = terms;
  const rule = state.hasPaymentMethod
    ? "subscription_trialing"
    : "subscription_trialing_without_payment_method";
  if (!policy.subscription_trialing.grants || !policy[rule].grants) {
    return nothing(rule);
  }
  const endSeconds = trialEndSeconds(state);
  if (endSeconds === null || !moment.hasCome(endSeconds)) {
    return grantUntilScheduledEnd(collection ?? rule, state, terms);
  }
  return moment.hasCome(endSeconds + policy.subscription_trialing.graceSeconds)
    ? nothing("subscription_trial_over")
    : grantUntilScheduledEnd("subscription_trial_end_awaited", state, terms);
}

function pastDueGrant({ state, standing }: SubscriptionStanding, terms: Terms): Grant {
  const { grants, graceSeconds } = terms.policy.subscription_past_due;
  if (!grants) {
    return nothing("subscription_past_due");
  }
  const { seconds } = behindSince(standing, state);
  return seconds === null || terms.moment.hasCome(seconds + graceSeconds)
    ? nothing("subscription_past_due_grace_over")
    : grantUntilScheduledEnd("subscription_past_due", state, terms);
}

/** Stripe says why it ended a subscription by itself; anything else is a wish of the customer. */
function endedPaid(state: SubscriptionSnapshot, standing: PaymentStanding): boolean {
  const isForced = ["payment_failed", "payment_disputed"].includes(state.cancellationReason ?? "");
  return !isForced && wasPaid(standing);
}

function grantOfPaidRest({ items }: SubscriptionSnapshot, terms: Terms): Grant {
  const running = items.filter(
    ({ currentPeriodEndSeconds: end }) => end !== null && !terms.moment.hasCome(end),
  );
  const best = bestItems(running, terms);
  return best.length === 0
    ? nothing("subscription_canceled")
    : grantOf(best, "subscription_canceled_period_paid");
}

function grantUntilScheduledEnd(rule: PlanRule, state: SubscriptionSnapshot, terms: Terms): Grant {
  const best = bestItems(state.items, terms);
  return best.length === 0
    ? nothing("subscription_price_unrecognised")
    : untilScheduledEnd(grantOf(best, rule), state, terms);
}

function untilScheduledEnd(grant: Grant, state: SubscriptionSnapshot, { moment }: Terms): Grant {
  const endSeconds = endsAtSeconds(state);
  return endSeconds !== null && moment.hasCome(endSeconds)
    ? nothing("subscription_ended_as_scheduled")
    : grant;
}

interface RecognisedItem {
  item: SubscriptionItemSnapshot;
  planType: PaidPlanType;
}

/** The items that buy the greatest plan type of all; empty if the catalog knows none of them. */
function bestItems(
  items: readonly SubscriptionItemSnapshot[],
  { catalog }: Terms,
): RecognisedItem[] {
  const recognised = items.flatMap((item) => {
    const planType = recognisePrice(item, catalog);
    return planType === null ? [] : [{ item, planType }];
  });
  const bestRank = Math.max(...recognised.map(({ planType }) => planTypeRank(planType)));
  return recognised.filter(({ planType }) => planTypeRank(planType) === bestRank);
}

function grantOf(best: readonly RecognisedItem[], rule: PlanRule): Grant {
  const quantities = best.map(({ item }) => item.quantity).filter((quantity) => quantity !== null);
  return {
    planType: best[0]?.planType ?? "free",
    rule,
    seats: quantities.length === 0 ? null : quantities.reduce((sum, quantity) => sum + quantity, 0),
  };
}

function firstPeriodEndSeconds({ items }: SubscriptionSnapshot): number | null {
  const ends = items
    .map(({ currentPeriodEndSeconds }) => currentPeriodEndSeconds)
    .filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}
