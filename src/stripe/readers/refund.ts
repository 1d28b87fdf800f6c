import type { RefundSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, textOf, wholeNumberOf } from "./fields.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a refund of any API version from an event or from the API; the amount is in the currency's minor
 * unit. Before refunds had a `status` each one had succeeded. A status that is newer than this code reads
 * as `pending`, which counts until the refund is known to have failed.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id` or a usable `amount`
 */
export function readRefund(object: RawObject): RefundSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("refund.id");
  }
  const amountMinorUnits = wholeNumberOf(object["amount"]);
  if (amountMinorUnits === null) {
    throw new UnreadableObjectError("refund.amount");
  }
  return {
    id,
    chargeId: idOf(object["charge"]),
    paymentIntentId: idOf(object["payment_intent"]),
    amountMinorUnits,
    status: readStatus(object["status"] ?? "succeeded"),
  };
}

function readStatus(status: unknown): RefundSnapshot["status"] {
  switch (status) {
    case "requires_action":
    case "succeeded":
    case "canceled":
    case "failed":
      return status;
    default:
      return "pending";
  }
}
