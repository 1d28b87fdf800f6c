/**
 * Whether a valid Convex value is its own Convex JSON, letter by letter: strings, booleans, null, finite
 * numbers, and arrays and objects of them whose fields stand in order. For nearly all documents it is,
 * and then nothing has to be copied before it is written. False when in doubt.
 */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      return (
        value === null || (Array.isArray(value) ? value.every(isPlainJson) : hasPlainFields(value))
      );
    default:
      return false;
  }
}

function hasPlainFields(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return false;
  }
  let last = "";
  for (const name in value) {
    if (name < last || !isPlainJson((value as Record<string, unknown>)[name])) {
      return false;
    }
    last = name;
  }
  return true;
}
