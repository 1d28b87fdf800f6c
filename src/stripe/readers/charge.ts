import type { ChargeSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, textOf, wholeNumberOf } from "./fields.ts";
import { metadataPlanIdClaim } from "./planIdClaims.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a charge of any API version from an event or from the API; amounts are in the currency's minor
 * unit. Before `amount_captured` existed (2020) a charge was captured as a whole or not at all.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id`, or if an amount that counts is missing
 * or no integer
 */
export function readCharge(object: RawObject): ChargeSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("charge.id");
  }
  const amountCapturedMinorUnits = readAmountCaptured(object);
  const amountRefundedMinorUnits = readAmountRefunded(object, amountCapturedMinorUnits);
  return {
    id,
    customerId: idOf(object["customer"]),
    paymentIntentId: idOf(object["payment_intent"]),
    amountCapturedMinorUnits,
    amountRefundedMinorUnits,
    refundedInFull: isRefundedInFull(object, amountCapturedMinorUnits, amountRefundedMinorUnits),
    planIdClaim: metadataPlanIdClaim(object),
  };
}

/** Of a charge that was captured in part, `amount_refunded` also counts what was released instead. */
function readAmountRefunded(charge: RawObject, captured: number): number {
  const released = captured === 0 ? 0 : (wholeNumberOf(charge["amount"]) ?? captured) - captured;
  return Math.max(0, readAmount(charge, "amount_refunded") - released);
}

/** Stripe's own flag decides; the amounts are compared where it is missing. */
function isRefundedInFull(charge: RawObject, captured: number, refunded: number): boolean {
  return typeof charge["refunded"] === "boolean"
    ? charge["refunded"]
    : captured > 0 && refunded >= captured;
}

function readAmountCaptured(charge: RawObject): number {
  if (charge["amount_captured"] !== undefined) {
    return readAmount(charge, "amount_captured");
  }
  // Charges of 2012 have no `captured`: all were captured at once, unless they failed.
  const captured = charge["captured"] !== false && charge["paid"] !== false;
  return captured ? readAmount(charge, "amount") : 0;
}

function readAmount(charge: RawObject, field: string): number {
  const amount = wholeNumberOf(charge[field]);
  if (amount === null) {
    throw new UnreadableObjectError(`charge.${field}`);
  }
  return amount;
}
