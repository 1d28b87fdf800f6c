import type { RefundSnapshot } from "../../stripe/snapshots.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { leadingFact } from "./leadingFact.ts";

/** What is known of one refund from every event about it. */
export interface RefundFact {
  refundId: string;
  chargeId: string | null;
  paymentIntentId: string | null;
  amountMinorUnits: number;
  status: RefundSnapshot["status"];
  /** The event that showed `status`. */
  eventId: string;
}

/** What one event says of a refund. */
export function refundFact({ id, ...snapshot }: RefundSnapshot, event: { id: string }): RefundFact {
  return { refundId: id, ...snapshot, eventId: event.id };
}

/**
 * Joins two facts about the same refund; commutative, associative and idempotent. A refund moves one
 * way: Stripe documents that one which succeeded can still fail, when the bank sends the money back, and
 * that one which failed stays so.
 */
export function joinRefundFacts(a: RefundFact, b: RefundFact): RefundFact {
  const { status, eventId } = leadingFact(a, b, step);
  return {
    refundId: joinSetOnce(a.refundId, b.refundId),
    chargeId: joinSetOnce(a.chargeId, b.chargeId),
    paymentIntentId: joinSetOnce(a.paymentIntentId, b.paymentIntentId),
    amountMinorUnits: Math.max(a.amountMinorUnits, b.amountMinorUnits),
    status,
    eventId,
  };
}

/** Whether the money came back, or never went. */
export function hasFailed({ status }: RefundFact): boolean {
  return status === "failed" || status === "canceled";
}

const STATUS_STEPS = ["pending", "requires_action", "succeeded", "canceled", "failed"] as const;

function step({ status }: RefundFact): number {
  return STATUS_STEPS.indexOf(status);
}
