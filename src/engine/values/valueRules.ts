import { CommitTsPlaceholder, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { MAX_ARRAY_ELEMENTS, MAX_OBJECT_FIELDS, MAX_VALUE_NESTING } from "../limits.ts";
import { isPlainObject, type PlainObject } from "./isPlainObject.ts";

/**
 * Checks the limits that `jsonToConvex` does not. (It does check field names: printable ASCII, no `$` in
 * front, at most 1024 characters.) Sizes in bytes are the business of whoever takes the value. Never goes
 * deeper than the limit, so a hostile value cannot exhaust the stack here.
 *
 * Stricter than Convex in one point: the field name `__proto__` is refused. `jsonToConvex` makes it the
 * object's prototype, and functions would read fields through it that no check has seen.
 *
 * @returns the nesting: 0 for a scalar, one more than the deepest element for an array or object
 * @throws EngineError ArrayTooLong, TooManyFieldsError, TooNestedError, with convex-backend's texts;
 *   InvalidFieldName
 */
export function checkValueRules(value: Value): number {
  return nestingOf(value, 0);
}

function nestingOf(value: Value, depth: number): number {
  if (
    typeof value !== "object" ||
    value === null ||
    value instanceof ArrayBuffer ||
    value instanceof CommitTsPlaceholder
  ) {
    return 0;
  }
  checkDepth(depth + 1);
  if (Array.isArray(value)) {
    return 1 + nestingOfElements(value, depth + 1);
  }
  if (isPlainObject(value)) {
    return 1 + nestingOfFields(value, depth + 1);
  }
  throw new EngineError("InvalidFieldName", "The field name `__proto__` is not allowed.");
}

function nestingOfElements(values: readonly Value[], depth: number): number {
  if (values.length > MAX_ARRAY_ELEMENTS) {
    throw new EngineError(
      "ArrayTooLong",
      `Array length is too long (${values.length} > maximum length ${MAX_ARRAY_ELEMENTS})`,
    );
  }
  let deepest = 0;
  for (const value of values) {
    deepest = Math.max(deepest, nestingOf(value, depth));
  }
  return deepest;
}

function nestingOfFields(object: PlainObject, depth: number): number {
  let fieldCount = 0;
  let deepest = 0;
  for (const name in object) {
    const value = object[name];
    if (value !== undefined) {
      fieldCount += 1;
      deepest = Math.max(deepest, nestingOf(value, depth));
    }
  }
  if (fieldCount > MAX_OBJECT_FIELDS) {
    throw new EngineError(
      "TooManyFieldsError",
      `Object has too many fields (${fieldCount} > maximum number ${MAX_OBJECT_FIELDS})`,
    );
  }
  return deepest;
}

function checkDepth(depth: number): void {
  if (depth > MAX_VALUE_NESTING) {
    throw new EngineError(
      "TooNestedError",
      `Value is too nested (nested ${depth} levels deep > maximum nesting ${MAX_VALUE_NESTING})`,
    );
  }
}
