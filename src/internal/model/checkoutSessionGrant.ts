import { type PlanType, recogniseBestPrice } from "./catalog.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { type Grant, nothing, type Terms } from "./grant.ts";
import type { PlanRule } from "./planRules.ts";

/** The part of a session's fact that its grant depends on. */
type SessionTerms = Pick<
  CheckoutSessionFact,
  "mode" | "status" | "payment" | "subscriptionId" | "planIdClaims" | "prices" | "sinceSeconds"
>;

/**
 * What a Checkout Session grants by itself, refunds and the state of its subscription aside; `null` for a
 * session that only saves a payment method (`setup` mode).
 *
 * Stripe documents that `complete` is no proof of payment: `payment_status` must be `paid`, or
 * `no_payment_required` as for a trial or a full discount.
 */
export function checkoutSessionGrant(session: SessionTerms, terms: Terms): Grant | null {
  if (session.mode === "setup") {
    return null;
  }
  const obstacle = obstacleOf(session);
  if (obstacle !== null) {
    return nothing(obstacle);
  }
  if (session.prices.length === 0) {
    const planType = planTypeOfUnknown(session, terms);
    return planType === "free"
      ? nothing("checkout_price_unknown")
      : grantOf(session, planType, "purchase_paid_price_unknown", terms);
  }
  const planType = recogniseBestPrice(session.prices, terms.catalog);
  return planType === null
    ? nothing("checkout_price_unrecognised")
    : grantOf(session, planType, "purchase_paid", terms);
}

function obstacleOf(session: SessionTerms): PlanRule | null {
  if (session.status !== "complete") {
    return session.status === "expired" ? "checkout_expired" : "checkout_open";
  }
  if (session.payment !== "paid" && session.payment !== "no_payment_required") {
    return session.payment === "failed" ? "checkout_payment_failed" : "checkout_unpaid";
  }
  if (session.mode === "subscription" && session.subscriptionId === null) {
    return "checkout_without_subscription";
  }
  return null;
}

function planTypeOfUnknown({ planIdClaims }: SessionTerms, { catalog }: Terms): PlanType {
  return planIdClaims.length > 0 ? catalog.purchaseWithPriceUnknown : "free";
}

function grantOf(
  { mode, sinceSeconds }: SessionTerms,
  planType: PlanType,
  purchaseRule: PlanRule,
  { policy, moment }: Terms,
): Grant {
  if (mode === "payment") {
    return { planType, rule: purchaseRule, seats: null };
  }
  return moment.hasCome(sinceSeconds + policy.checkout_session_stands_in.graceSeconds)
    ? nothing("checkout_session_outdated")
    : { planType, rule: "checkout_session_stands_in", seats: null };
}
