import { type Catalog, recogniseBestPrice } from "./catalog.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import type { Grant } from "./grant.ts";
import type { PlanRule } from "./planRules.ts";

/** The part of a session's fact that its grant depends on. */
type SessionTerms = Pick<
  CheckoutSessionFact,
  "mode" | "status" | "payment" | "subscriptionId" | "planIdClaims" | "prices"
>;

/**
 * What a Checkout Session grants by itself, refunds and the state of its subscription aside; `null` for a
 * session that only saves a payment method (`setup` mode).
 *
 * Stripe documents that `complete` is no proof of payment: `payment_status` must be `paid`, or
 * `no_payment_required` as for a trial or a full discount.
 */
export function checkoutSessionGrant(session: SessionTerms, catalog: Catalog): Grant | null {
  if (session.mode === "setup") {
    return null;
  }
  const obstacle = obstacleOf(session);
  if (obstacle !== null) {
    return { planType: "free", rule: obstacle };
  }
  if (session.prices.length === 0) {
    return priceUnknownGrant(session, catalog);
  }
  const planType = recogniseBestPrice(session.prices, catalog);
  if (planType === null) {
    return { planType: "free", rule: "checkout_price_unrecognised" };
  }
  return {
    planType,
    rule: session.mode === "payment" ? "purchase_paid" : "checkout_session_stands_in",
  };
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

function priceUnknownGrant(session: SessionTerms, catalog: Catalog): Grant {
  const planType = session.planIdClaims.length > 0 ? catalog.purchaseWithPriceUnknown : "free";
  if (planType === "free") {
    return { planType, rule: "checkout_price_unknown" };
  }
  return {
    planType,
    rule: session.mode === "payment" ? "purchase_paid_price_unknown" : "checkout_session_stands_in",
  };
}
