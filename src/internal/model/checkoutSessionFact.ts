import type { CheckoutSessionSnapshot, PriceReference } from "../../stripe/snapshots.ts";
import { joinPlanIdClaims } from "./joinPlanIdClaims.ts";
import { joinPrices } from "./joinPrices.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { leadingFact } from "./leadingFact.ts";

/** What is known of one Checkout Session from every event about it. */
export interface CheckoutSessionFact {
  sessionId: string;
  mode: "payment" | "subscription" | "setup";
  status: "open" | "expired" | "complete";
  /** Stripe's `payment_status`, and `failed` once a delayed payment method was declined. */
  payment: "unpaid" | "failed" | "no_payment_required" | "paid";
  customerId: string | null;
  subscriptionId: string | null;
  paymentIntentId: string | null;
  amountTotalMinorUnits: number | null;
  /** Sorted, without repeats, bounded; see `joinPlanIdClaims`. */
  planIdClaims: string[];
  /** Empty while nobody has read the session's line items: events do not carry them. */
  prices: PriceReference[];
  /** When `status` and `payment` were first seen, by the event's time. */
  sinceSeconds: number;
  /** The event that showed `status` and `payment`. */
  eventId: string;
}

/** What one event says of a Checkout Session. */
export function checkoutSessionFact(
  snapshot: CheckoutSessionSnapshot,
  event: { id: string; type: string; createdSeconds: number },
): CheckoutSessionFact {
  const failed =
    event.type === "checkout.session.async_payment_failed" && snapshot.paymentStatus === "unpaid";
  return {
    sessionId: snapshot.id,
    mode: snapshot.mode,
    status: snapshot.status,
    payment: failed ? "failed" : snapshot.paymentStatus,
    customerId: snapshot.customerId,
    subscriptionId: snapshot.subscriptionId,
    paymentIntentId: snapshot.paymentIntentId,
    amountTotalMinorUnits: snapshot.amountTotalMinorUnits,
    planIdClaims: joinPlanIdClaims(snapshot.planIdClaims, []),
    prices: snapshot.prices,
    sinceSeconds: event.createdSeconds,
    eventId: event.id,
  };
}

/**
 * Joins two facts about the same session; commutative, associative and idempotent.
 *
 * A session moves one way: open, then expired or complete; when complete, from unpaid to failed, paid or
 * no payment required (Stripe documents the life cycle of a Checkout Session). The furthest step wins as
 * a whole, so `status` and `payment` always come from one event. Of two ends that exclude each other the
 * one that shows money wins: complete over expired, paid over everything.
 */
export function joinCheckoutSessionFacts(
  a: CheckoutSessionFact,
  b: CheckoutSessionFact,
): CheckoutSessionFact {
  const { status, payment, sinceSeconds, eventId } = leadingFact(a, b, step);
  return {
    sessionId: joinSetOnce(a.sessionId, b.sessionId),
    mode: joinSetOnce(a.mode, b.mode),
    status,
    payment,
    customerId: joinSetOnce(a.customerId, b.customerId),
    subscriptionId: joinSetOnce(a.subscriptionId, b.subscriptionId),
    paymentIntentId: joinSetOnce(a.paymentIntentId, b.paymentIntentId),
    amountTotalMinorUnits: joinSetOnce(a.amountTotalMinorUnits, b.amountTotalMinorUnits),
    planIdClaims: joinPlanIdClaims(a.planIdClaims, b.planIdClaims),
    prices: joinPrices(a.prices, b.prices),
    sinceSeconds: step(a) === step(b) ? Math.min(a.sinceSeconds, b.sinceSeconds) : sinceSeconds,
    eventId,
  };
}

const STATUS_STEPS = ["open", "expired", "complete"] as const;
const PAYMENT_STEPS = ["unpaid", "failed", "no_payment_required", "paid"] as const;

function step({ status, payment }: CheckoutSessionFact): number {
  return STATUS_STEPS.indexOf(status) * PAYMENT_STEPS.length + PAYMENT_STEPS.indexOf(payment);
}
