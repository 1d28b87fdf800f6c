import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { ORDER_WINDOW_SECONDS, type SubscriptionRecord } from "./subscriptionRecords.ts";

/**
 * What outlives the records of a subscription, which only show its last state: when it was last seen in
 * good standing, and when it last fell behind with its payments. Unix seconds.
 */
export interface PaymentStanding {
  /** The latest record whose status was `active` or `trialing`. */
  goodSeconds: number | null;
  /** The latest record of a change from such a status, or from `incomplete`, to an unpaid one. */
  behindSeconds: number | null;
}

export const UNKNOWN_STANDING: Readonly<PaymentStanding> = {
  goodSeconds: null,
  behindSeconds: null,
};

/** What one record shows. */
export function standingShownBy({
  state,
  before,
  createdSeconds,
}: SubscriptionRecord): PaymentStanding {
  const fellBehind =
    UNPAID_STATUSES.has(state.status) &&
    before !== null &&
    (GOOD_STATUSES.has(before.status) || before.status === "incomplete");
  return {
    goodSeconds: GOOD_STATUSES.has(state.status) ? createdSeconds : null,
    behindSeconds: fellBehind ? createdSeconds : null,
  };
}

/** Joins what is known of one subscription; commutative, associative and idempotent. */
export function joinStandings(a: PaymentStanding, b: PaymentStanding): PaymentStanding {
  return {
    goodSeconds: later(a.goodSeconds, b.goodSeconds),
    behindSeconds: later(a.behindSeconds, b.behindSeconds),
  };
}

/**
 * Since when a subscription that is behind now has been so without a break. Known if it was not seen in
 * good standing after it fell behind. Otherwise the event that told was missed, and it is at the latest
 * of what came before: the last sighting in good standing and the begin of the period.
 */
export function behindSince(
  { goodSeconds, behindSeconds }: PaymentStanding,
  { items }: Pick<SubscriptionSnapshot, "items">,
): { seconds: number | null; isKnown: boolean } {
  const good = goodSeconds ?? Number.NEGATIVE_INFINITY;
  if (behindSeconds !== null && behindSeconds + ORDER_WINDOW_SECONDS >= good) {
    return { seconds: behindSeconds, isKnown: true };
  }
  const periodStarts = items.map(({ currentPeriodStartSeconds }) => currentPeriodStartSeconds);
  return { seconds: [goodSeconds, ...periodStarts].reduce(later, null), isKnown: false };
}

/** Whether the payments of a subscription that ended were in order when it did. */
export function wasPaid({ goodSeconds, behindSeconds }: PaymentStanding): boolean {
  return goodSeconds !== null && (behindSeconds === null || behindSeconds < goodSeconds);
}

const GOOD_STATUSES: ReadonlySet<string> = new Set(["active", "trialing"]);
const UNPAID_STATUSES: ReadonlySet<string> = new Set(["past_due", "unpaid"]);

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
