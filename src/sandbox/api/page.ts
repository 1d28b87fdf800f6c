import { SANDBOX_LIMITS } from "../limits.ts";
import { resourceMissing } from "../StripeError.ts";

export interface PageRequest {
  limit?: number | undefined;
  starting_after?: string | undefined;
  ending_before?: string | undefined;
}

export interface Page<T> {
  object: "list";
  data: T[];
  has_more: boolean;
  url: string;
}

/**
 * One page of `oldestFirst`, newest first, as every list of Stripe's. With `ending_before` it is the page
 * just newer than that object.
 *
 * @throws StripeError `resource_missing` when the cursor is no object of the list
 */
export function page<T extends { id: string }>(
  url: string,
  oldestFirst: readonly T[],
  { limit = 10, starting_after, ending_before }: PageRequest,
): Page<T> {
  const objects = oldestFirst.toReversed();
  const size = Math.min(limit, SANDBOX_LIMITS.pageSize);
  if (ending_before !== undefined) {
    const end = indexOf(objects, ending_before, "ending_before");
    const start = Math.max(0, end - size);
    return { object: "list", data: objects.slice(start, end), has_more: start > 0, url };
  }
  const start =
    starting_after === undefined ? 0 : indexOf(objects, starting_after, "starting_after") + 1;
  const data = objects.slice(start, start + size);
  return { object: "list", data, has_more: start + data.length < objects.length, url };
}

function indexOf(objects: readonly { id: string }[], id: string, param: string): number {
  const index = objects.findIndex((object) => object.id === id);
  if (index < 0) {
    throw resourceMissing("object", id, param);
  }
  return index;
}

/** A list inside another object, which holds everything there is. */
export function wholeList<T>(url: string, data: T[]): Page<T> {
  return { object: "list", data, has_more: false, url };
}
