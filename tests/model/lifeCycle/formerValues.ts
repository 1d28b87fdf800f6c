import type { JsonObject } from "../../fixtures/stripe.ts";

/**
 * What Stripe puts into `previous_attributes` of an event that shows a change from `before` to `after`:
 * the former values of what changed, arrays whole, `null` for what was not there.
 */
export function formerValues(before: JsonObject, after: JsonObject): JsonObject {
  const former: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[key] ?? null;
    const is = after[key] ?? null;
    if (JSON.stringify(was) !== JSON.stringify(is)) {
      former[key] = isObject(was) && isObject(is) ? formerValues(was, is) : was;
    }
  }
  return former;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
