import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { planTypeRank } from "./catalog.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import type { CustomerFact } from "./customerFact.ts";
import { deletionFinding, type Finding } from "./finding.ts";
import type { Terms } from "./grant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";
import { behindSince } from "./paymentStanding.ts";
import type { SubscriptionFact } from "./subscriptionFact.ts";
import {
  endsAtSeconds,
  type SubscriptionStanding,
  subscriptionGrant,
  trialEndSeconds,
} from "./subscriptionGrant.ts";
import { readSubscriptionRecords } from "./subscriptionRecords.ts";

/** What a plan's other facts say about its subscriptions. */
export interface SubscriptionSurroundings {
  customers: readonly CustomerFact[];
  sessions: readonly CheckoutSessionFact[];
  invoices: readonly InvoiceFact[];
}

/** What the records of one subscription come to. */
export interface SubscriptionReading {
  subscriptionId: string;
  finding: Finding;
  /** It may be charged now. */
  isLive: boolean;
  /** Events alone do not tell which state is the last one. */
  isAmbiguous: boolean;
  /** Its list of items was cut, so it may hide its best price. */
  isCut: boolean;
  /** By now Stripe should have told of a renewal, of the end of a trial or of the end itself. */
  isOverdue: boolean;
  /** It is behind with its payments, and the event that told since when was missed. */
  isBehindSinceUnknown: boolean;
}

/** Reads a subscription that has at least one record. */
export function readSubscription(
  { subscriptionId, records, standing }: SubscriptionFact,
  surroundings: SubscriptionSurroundings,
  terms: Terms,
): SubscriptionReading {
  const firstPayment = firstPaymentOf(subscriptionId, surroundings);
  const grantOf = (state: SubscriptionSnapshot) =>
    subscriptionGrant({ state, standing, firstPayment }, terms);
  const { state, ambiguous, eventId } = readSubscriptionRecords(records, (candidate) =>
    planTypeRank(grantOf(candidate).planType),
  );
  const deletion = deletionFinding(state.customerId, surroundings.customers);
  if (deletion !== null) {
    return { subscriptionId, finding: deletion, ...SETTLED };
  }
  const isInForce = IN_FORCE_STATUSES.has(state.status);
  return {
    subscriptionId,
    finding: { ...grantOf(state), source: { eventId, objectId: subscriptionId } },
    isLive: isInForce || STANDING_STATUSES.has(state.status),
    isAmbiguous: ambiguous,
    isCut: isInForce && !state.itemsComplete,
    isOverdue: isOverdue(state, terms),
    isBehindSinceUnknown: state.status === "past_due" && !behindSince(standing, state).isKnown,
  };
}

const SETTLED = {
  isLive: false,
  isAmbiguous: false,
  isCut: false,
  isOverdue: false,
  isBehindSinceUnknown: false,
};

const IN_FORCE_STATUSES: ReadonlySet<string> = new Set(["active", "trialing", "past_due"]);

/** Not `incomplete`: Stripe takes no money for it unless the buyer comes back, and then it is `active`. */
const STANDING_STATUSES: ReadonlySet<string> = new Set(["unpaid", "paused"]);

/**
 * How the delayed payment of the checkout that began a subscription stands. Stripe may call the
 * subscription active before that payment arrives, and leaves it so, its invoice voided, if it fails.
 * Any paid invoice of the subscription settles the question.
 */
function firstPaymentOf(
  subscriptionId: string,
  { sessions, invoices }: SubscriptionSurroundings,
): SubscriptionStanding["firstPayment"] {
  const payments = sessions
    .filter((session) => session.subscriptionId === subscriptionId && session.status === "complete")
    .map(({ payment }) => payment);
  const isDelayed = payments.includes("unpaid") || payments.includes("failed");
  const isPaid =
    payments.includes("paid") ||
    payments.includes("no_payment_required") ||
    invoices.some((each) => each.subscriptionId === subscriptionId && each.status === "paid");
  if (!isDelayed || isPaid) {
    return null;
  }
  return payments.includes("failed") ? "failed" : "pending";
}

function isOverdue(state: SubscriptionSnapshot, { policy, moment }: Terms): boolean {
  const { renewalGraceSeconds } = policy.subscription_active;
  const hasPassed = (seconds: number | null, graceSeconds: number) =>
    seconds !== null && moment.hasCome(seconds + graceSeconds);
  switch (state.status) {
    case "active":
      return (
        hasPassed(endsAtSeconds(state), renewalGraceSeconds) ||
        state.items.some((item) => hasPassed(item.currentPeriodEndSeconds, renewalGraceSeconds))
      );
    case "trialing":
      return hasPassed(trialEndSeconds(state), policy.subscription_trialing.graceSeconds);
    case "past_due":
    case "unpaid":
    case "paused":
      return hasPassed(endsAtSeconds(state), renewalGraceSeconds);
    default:
      return false;
  }
}
