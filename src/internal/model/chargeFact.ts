import type { ChargeSnapshot } from "../../stripe/snapshots.ts";
import { joinPlanIdClaims } from "./joinPlanIdClaims.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { leadingFact } from "./leadingFact.ts";

/** What is known of one charge from every event about it. */
export interface ChargeFact {
  chargeId: string;
  customerId: string | null;
  paymentIntentId: string | null;
  amountCapturedMinorUnits: number;
  /** The most that was ever seen as refunded. What failed of it afterwards is known from the refunds. */
  amountRefundedMinorUnits: number;
  refundedInFull: boolean;
  /** Sorted, without repeats, bounded; see `joinPlanIdClaims`. */
  planIdClaims: string[];
  /** The event that showed `amountRefundedMinorUnits`. */
  eventId: string;
}

/** What one event says of a charge. */
export function chargeFact(snapshot: ChargeSnapshot, event: { id: string }): ChargeFact {
  return {
    chargeId: snapshot.id,
    customerId: snapshot.customerId,
    paymentIntentId: snapshot.paymentIntentId,
    amountCapturedMinorUnits: snapshot.amountCapturedMinorUnits,
    amountRefundedMinorUnits: snapshot.amountRefundedMinorUnits,
    refundedInFull: snapshot.refundedInFull,
    planIdClaims: snapshot.planIdClaim === null ? [] : [snapshot.planIdClaim],
    eventId: event.id,
  };
}

/**
 * Joins two facts about the same charge; commutative, associative and idempotent. The greatest amount
 * wins: it grows while refunds succeed. A refund that fails makes Stripe's amount smaller again, which is
 * not seen here but counted off in `refundedShare`.
 */
export function joinChargeFacts(a: ChargeFact, b: ChargeFact): ChargeFact {
  const { amountRefundedMinorUnits, eventId } = leadingFact(a, b, amountRefunded);
  return {
    chargeId: joinSetOnce(a.chargeId, b.chargeId),
    customerId: joinSetOnce(a.customerId, b.customerId),
    paymentIntentId: joinSetOnce(a.paymentIntentId, b.paymentIntentId),
    amountCapturedMinorUnits: Math.max(a.amountCapturedMinorUnits, b.amountCapturedMinorUnits),
    amountRefundedMinorUnits,
    refundedInFull: a.refundedInFull || b.refundedInFull,
    planIdClaims: joinPlanIdClaims(a.planIdClaims, b.planIdClaims),
    eventId,
  };
}

function amountRefunded(charge: ChargeFact): number {
  return charge.amountRefundedMinorUnits;
}
