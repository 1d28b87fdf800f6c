import { DISPUTE_STATUSES, type DisputeSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, textOf } from "./fields.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a dispute of any API version from an event or from the API. A status that is newer than this
 * code, or missing, reads as `unknown`.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id`; disputes recorded in 2012 have none
 */
export function readDispute(object: RawObject): DisputeSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("dispute.id");
  }
  return {
    id,
    chargeId: idOf(object["charge"]),
    paymentIntentId: idOf(object["payment_intent"]),
    status: DISPUTE_STATUSES.find((status) => status === object["status"]) ?? "unknown",
  };
}
