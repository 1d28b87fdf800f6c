import type { ChargeFact } from "./chargeFact.ts";
import type { PlanSource } from "./finding.ts";
import { hasFailed, type RefundFact } from "./refundFact.ts";

/** How much of a charge went back, and what shows it. */
export interface RefundedShare {
  chargeId: string;
  /** From 0 to 1, of what was captured. */
  share: number;
  /** Some refund of the charge failed, or was canceled. */
  someFailed: boolean;
  source: PlanSource | null;
}

/**
 * The refunded share of each charge behind one payment; every charge that a fact names, once.
 *
 * The charge shows the most that was ever refunded, the refunds show what became of each. What failed is
 * counted off from the former; refunds that are known to be on their way or to have arrived count at
 * least. While every failed refund is known this is never more than what is really refunded, and exactly
 * that when every refund is known.
 *
 * @param paidMinorUnits what was paid by the purchase, for charges of which nothing but refunds is known
 */
export function refundedShares(
  charges: readonly ChargeFact[],
  refunds: readonly RefundFact[],
  paidMinorUnits: number | null,
): RefundedShare[] {
  const chargeIds = new Set([
    ...charges.map(({ chargeId }) => chargeId),
    ...refunds.map(({ chargeId }) => chargeId ?? ""),
  ]);
  return [...chargeIds].map((chargeId) =>
    shareOf(
      chargeId,
      charges.find((charge) => charge.chargeId === chargeId),
      refunds.filter((refund) => (refund.chargeId ?? "") === chargeId),
      paidMinorUnits,
    ),
  );
}

function shareOf(
  chargeId: string,
  charge: ChargeFact | undefined,
  refunds: readonly RefundFact[],
  paidMinorUnits: number | null,
): RefundedShare {
  const failed = refunds.filter(hasFailed);
  const standing = refunds.filter((refund) => !hasFailed(refund));
  const someFailed = failed.length > 0;
  const shown = (charge?.amountRefundedMinorUnits ?? 0) - total(failed);
  const refunded = Math.max(total(standing), shown, 0);
  const captured = charge?.amountCapturedMinorUnits || (paidMinorUnits ?? 0);
  const isFull = charge?.refundedInFull === true && !someFailed;
  return {
    chargeId,
    share: isFull ? 1 : captured === 0 ? 0 : Math.min(refunded / captured, 1),
    someFailed,
    source: sourceOf(charge, refunded > 0 || isFull ? standing : failed),
  };
}

/** The refund that shows it, or else the charge, which tells of refunds that nobody told of. */
function sourceOf(
  charge: ChargeFact | undefined,
  refunds: readonly RefundFact[],
): PlanSource | null {
  const [first] = [...refunds].sort((a, b) => (a.refundId < b.refundId ? -1 : 1));
  if (first !== undefined) {
    return { eventId: first.eventId, objectId: first.refundId };
  }
  return charge === undefined ? null : { eventId: charge.eventId, objectId: charge.chargeId };
}

function total(refunds: readonly RefundFact[]): number {
  return refunds.reduce((sum, { amountMinorUnits }) => sum + amountMinorUnits, 0);
}
