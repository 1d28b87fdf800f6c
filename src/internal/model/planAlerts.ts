import { compareText } from "./compareText.ts";
import type { DisputeFact } from "./disputeFact.ts";
import { disputeStanding } from "./disputeFact.ts";
import type { Finding } from "./finding.ts";
import { hasFailed, type RefundFact } from "./refundFact.ts";
import type { SubscriptionReading } from "./subscriptionReading.ts";

/** What somebody should look at, and why; the codes are stable. */
export type PlanAlertCode =
  /** Somebody may be paying twice. */
  | "second_live_subscription"
  /** Events alone do not tell the state; the least generous one stands in. */
  | "subscription_ambiguous"
  /** The list of items was cut. */
  | "items_incomplete"
  /** Nothing was heard of a renewal, of the end of a trial, or of an end that was scheduled. */
  | "subscription_overdue"
  /** A checkout or an invoice names a subscription of which nothing was heard in time. */
  | "subscription_unknown"
  /** Behind with its payments, but since when was not heard: the grace is counted from an estimate. */
  | "past_due_since_unknown"
  | "status_unknown"
  /** Paid or in force, but not in the catalog. */
  | "price_unrecognised"
  /** The delayed payment of a subscription's checkout failed. */
  | "first_payment_failed"
  /** The bank asks or disputes, and awaits an answer or decides. */
  | "dispute_open"
  | "dispute_status_unknown"
  /** A refund came back: the buyer still waits for the money. */
  | "refund_failed";

export interface PlanAlert {
  code: PlanAlertCode;
  /** Stripe's ids, sorted. */
  objectIds: string[];
}

/** Everything that somebody should look at: one alert per code, sorted by code. */
export function planAlerts({
  findings,
  subscriptions,
  unknownSubscriptionIds,
  refunds,
  disputes,
}: {
  findings: readonly Finding[];
  subscriptions: readonly SubscriptionReading[];
  unknownSubscriptionIds: readonly string[];
  refunds: readonly RefundFact[];
  disputes: readonly DisputeFact[];
}): PlanAlert[] {
  const live = idsOf(subscriptions.filter(({ isLive }) => isLive));
  const statuses = disputes.map((dispute) => ({
    id: dispute.disputeId,
    status: disputeStanding(dispute).status,
  }));
  const objectIds: Record<PlanAlertCode, readonly string[]> = {
    second_live_subscription: live.length > 1 ? live : [],
    subscription_ambiguous: idsOf(subscriptions.filter(({ isAmbiguous }) => isAmbiguous)),
    items_incomplete: idsOf(subscriptions.filter(({ isCut }) => isCut)),
    subscription_overdue: idsOf(subscriptions.filter(({ isOverdue }) => isOverdue)),
    subscription_unknown: unknownSubscriptionIds,
    past_due_since_unknown: idsOf(
      subscriptions.filter(({ isBehindSinceUnknown }) => isBehindSinceUnknown),
    ),
    status_unknown: subjectsOf(findings, ["subscription_status_unknown"]),
    price_unrecognised: subjectsOf(findings, [
      "subscription_price_unrecognised",
      "checkout_price_unrecognised",
      "invoice_price_unrecognised",
    ]),
    first_payment_failed: subjectsOf(findings, ["subscription_first_payment_failed"]),
    dispute_open: statuses.filter(({ status }) => isOpen(status)).map(({ id }) => id),
    dispute_status_unknown: statuses
      .filter(({ status }) => status === "unknown")
      .map(({ id }) => id),
    refund_failed: refunds.filter(hasFailed).map(({ refundId }) => refundId),
  };
  return Object.entries(objectIds)
    .filter(([, ids]) => ids.length > 0)
    .map(([code, ids]) => ({ code: code as PlanAlertCode, objectIds: [...new Set(ids)].sort() }))
    .sort((a, b) => compareText(a.code, b.code));
}

function idsOf(subscriptions: readonly SubscriptionReading[]): string[] {
  return subscriptions.map(({ subscriptionId }) => subscriptionId);
}

function subjectsOf(findings: readonly Finding[], rules: readonly string[]): string[] {
  return findings.flatMap(({ rule, source }) =>
    rules.includes(rule) && source !== null ? [source.objectId] : [],
  );
}

function isOpen(status: string): boolean {
  return status.endsWith("needs_response") || status.endsWith("under_review");
}
