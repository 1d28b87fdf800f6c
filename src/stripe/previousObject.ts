/**
 * The raw Stripe object as it was before an `*.updated` event, so that the ordinary reader can make the
 * former snapshot from it.
 *
 * Stripe documents `data.previous_attributes` as the changed keys with their former values: nested
 * objects hold only what changed inside them, a changed array is given whole, and `null` means "was null
 * or absent" (it is put back as `null`). Neither argument is changed. Keys are only ever copied as own
 * properties, so a key named `__proto__` or `constructor` is data like any other.
 *
 * Not guaranteed before API version 2017-04-06, when a changed array held only its changed elements.
 */
export function previousObject(
  object: Record<string, unknown>,
  previousAttributes: Record<string, unknown>,
): Record<string, unknown> {
  const former = Object.entries(previousAttributes).map(([key, formerValue]) => {
    const presentValue = Object.hasOwn(object, key) ? object[key] : undefined;
    return [key, putBack(presentValue, formerValue)];
  });
  return { ...object, ...Object.fromEntries(former) };
}

function putBack(presentValue: unknown, formerValue: unknown): unknown {
  return isJsonObject(presentValue) && isJsonObject(formerValue)
    ? previousObject(presentValue, formerValue)
    : formerValue;
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
