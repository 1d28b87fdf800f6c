import { getConvexSize, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_NESTING } from "../limits.ts";
import { displayBytes } from "../values/displayBytes.ts";
import { displayValue } from "../values/displayValue.ts";
import type { PlainObject } from "../values/isPlainObject.ts";
import { checkValueRules } from "../values/valueRules.ts";

/** The system fields of a document; no other top-level field may start with an underscore. */
const SYSTEM_FIELDS: readonly string[] = ["_id", "_creationTime"];

/**
 * Checks what every document must obey, schema or not: the rules of all values, nesting, field names
 * with an underscore, size. That `_id` and `_creationTime` are right is for the caller to know.
 *
 * Convex's documentation allows top-level field names 64 characters, its backend 1024, like nested ones;
 * so does this.
 *
 * @param document as it will be stored, `_id` and `_creationTime` included
 * @returns its size in bytes, as Convex measures it
 * @throws EngineError ArrayTooLong, TooManyFieldsError, TooNestedError, InvalidFieldName,
 *   InvalidDocumentError, ValueTooLargeError, with convex-backend's texts, some of which quote the document
 */
export function checkDocumentRules(document: PlainObject): number {
  const value = document as Value;
  const violations = [...nestingViolations(checkValueRules(value)), ...nameViolations(document)];
  if (violations.length > 0) {
    throw new EngineError(
      "InvalidDocumentError",
      `Document(value: ${displayValue(value)}) isn't a valid document: ${violations.join("\n ")}`,
    );
  }
  const bytes = getConvexSize(value);
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new EngineError(
      "ValueTooLargeError",
      `Value is too large (${displayBytes(bytes)} > maximum size ${displayBytes(MAX_DOCUMENT_BYTES)})`,
    );
  }
  return bytes;
}

function nestingViolations(nesting: number): string[] {
  return nesting > MAX_DOCUMENT_NESTING
    ? [
        `Document is too nested (nested ${nesting} levels deep > maximum nesting ${MAX_DOCUMENT_NESTING})`,
      ]
    : [];
}

function nameViolations(document: PlainObject): string[] {
  return Object.keys(document)
    .filter((name) => name.startsWith("_") && !SYSTEM_FIELDS.includes(name))
    .sort()
    .map(
      (name) =>
        `Field '${name}' starts with an underscore, which is only allowed for system fields like '_id'`,
    );
}
