import type { CustomerSnapshot } from "../snapshots.ts";
import { type RawObject, textOf } from "./fields.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a customer of any API version from an event or from the API. `deleted` is what the object says
 * of itself: the API marks a deleted customer, while the object in `customer.deleted` may be the customer
 * as it last was, so with an event its type counts too.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id`
 */
export function readCustomer(object: RawObject): CustomerSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("customer.id");
  }
  return { id, deleted: object["deleted"] === true };
}
