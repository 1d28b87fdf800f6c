import type { Value } from "convex/values";

/** Convex's object type. A field that is `undefined` is absent. */
export type PlainObject = { readonly [name: string]: Value | undefined };

/**
 * Is the value an object with fields, and nothing but them? No array, bytes or placeholder, and no object
 * that inherits fields, which `jsonToConvex` makes of one named `__proto__`.
 */
export function isPlainObject(value: Value): value is { [name: string]: Value | undefined } {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
