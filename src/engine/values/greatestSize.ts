import type { Value } from "convex/values";

/** In UTF-8, of one UTF-16 unit; the package counts 4 for half of a pair. */
const MAX_BYTES_PER_UNIT = 4;

/** Of anything that is no text, list or object; of bytes besides themselves. */
const MAX_SCALAR_BYTES = 9;

/** Around a text, list or object, and after a field's name. */
const FRAME_BYTES = 2;

/**
 * What `getConvexSize` can give at most, without looking at each character: it is asked only when this is
 * above a limit, which for nearly all values it is not.
 */
export function greatestSize(value: Value | undefined): number {
  if (typeof value === "string") {
    return FRAME_BYTES + value.length * MAX_BYTES_PER_UNIT;
  }
  if (typeof value !== "object" || value === null) {
    return MAX_SCALAR_BYTES;
  }
  if (value instanceof ArrayBuffer) {
    return MAX_SCALAR_BYTES + value.byteLength;
  }
  let bytes = MAX_SCALAR_BYTES;
  if (Array.isArray(value)) {
    for (const element of value) {
      bytes += greatestSize(element);
    }
    return bytes;
  }
  for (const name in value) {
    const field = (value as Record<string, Value | undefined>)[name];
    bytes += FRAME_BYTES + name.length * MAX_BYTES_PER_UNIT + greatestSize(field);
  }
  return bytes;
}
