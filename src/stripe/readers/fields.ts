/**
 * Reading single values out of raw Stripe objects. Whatever does not have the expected type reads as
 * `null` (or an empty list); nothing here throws.
 */

/** Longest id, lookup key or enum text; Stripe documents that no object id exceeds 255 characters. */
export const TEXT_MAX_LENGTH = 255;

export type RawObject = Record<string, unknown>;

export function recordOf(value: unknown): RawObject | null {
  return isRecord(value) ? value : null;
}

/** The records in `data` of a Stripe list, or in a plain array. */
export function recordsOf(list: unknown): RawObject[] {
  const entries = Array.isArray(list) ? list : recordOf(list)?.["data"];
  return Array.isArray(entries) ? entries.filter(isRecord) : [];
}

/** Text that is neither empty nor longer than `maxLength` (in UTF-16 units). */
export function textOf(value: unknown, maxLength: number = TEXT_MAX_LENGTH): string | null {
  return typeof value === "string" && value !== "" && value.length <= maxLength ? value : null;
}

/** The id of a reference, which is the id itself or, where somebody expanded it, the whole object. */
export function idOf(reference: unknown): string | null {
  return textOf(recordOf(reference)?.["id"] ?? reference);
}

/** Counts, amounts in minor units and Unix seconds: integers from 0. */
export function wholeNumberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function isRecord(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
