import type { Value } from "convex/values";

/** What {@link simpleCopy} gives for a value that is not simple. */
export const NOT_SIMPLE = Symbol("not simple");

/** Deeper values are left to those who report them. */
const MAX_DEPTH = 32;

/** Names that are field names beyond doubt; others are left to those who know all the rules. */
const SIMPLE_NAME = /^(?:[A-Za-z]\w{0,99}|_id|_creationTime)$/;

/**
 * A copy of its own, and the same that `jsonToConvex(convexToJson(value))` gives, of a value that both
 * take without a word: strings, booleans, null, finite numbers, and arrays and plain objects of them. It
 * saves the way through JSON for nearly all documents. Fields that are `undefined` are left out.
 *
 * @returns {@link NOT_SIMPLE} for everything else, valid or not
 */
export function simpleCopy(value: unknown, depth = 0): Value | typeof NOT_SIMPLE {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : NOT_SIMPLE;
    case "object":
      if (value === null) {
        return null;
      }
      if (depth > MAX_DEPTH) {
        return NOT_SIMPLE;
      }
      return Array.isArray(value) ? copyOfArray(value, depth) : copyOfObject(value, depth);
    default:
      return NOT_SIMPLE;
  }
}

function copyOfArray(values: readonly unknown[], depth: number): Value[] | typeof NOT_SIMPLE {
  const copies: Value[] = [];
  for (const value of values) {
    const copy = simpleCopy(value, depth + 1);
    if (copy === NOT_SIMPLE) {
      return NOT_SIMPLE;
    }
    copies.push(copy);
  }
  return copies;
}

function copyOfObject(value: object, depth: number): Value | typeof NOT_SIMPLE {
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    return NOT_SIMPLE;
  }
  const copies: Record<string, Value> = {};
  for (const name of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[name];
    if (!SIMPLE_NAME.test(name)) {
      return NOT_SIMPLE;
    }
    if (field !== undefined) {
      const copy = simpleCopy(field, depth + 1);
      if (copy === NOT_SIMPLE) {
        return NOT_SIMPLE;
      }
      copies[name] = copy;
    }
  }
  return copies;
}
