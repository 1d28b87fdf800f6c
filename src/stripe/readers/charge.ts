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
  return {
    id,
    customerId: idOf(object["customer"]),
    paymentIntentId: idOf(object["payment_intent"]),
    amountRefundedMinorUnits: readAmount(object, "amount_refunded"),
    refundedInFull: readRefundedInFull(object),
    planIdClaim: metadataPlanIdClaim(object),
  };
}

/**
 * Stripe's own flag decides: of a charge that was captured in part, `amount_refunded` also counts what was
 * released instead of captured. The amounts are compared where the flag is missing.
 */
function readRefundedInFull(charge: RawObject): boolean {
  if (typeof charge["refunded"] === "boolean") {
    return charge["refunded"];
  }
  const captured = readAmountCaptured(charge);
  return captured > 0 && readAmount(charge, "amount_refunded") >= captured;
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
