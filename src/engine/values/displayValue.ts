import { Base64, CommitTsPlaceholder, type Value } from "convex/values";
import { displayFloat64 } from "./displayFloat64.ts";

/**
 * A value as convex-backend shows it in messages: `1.0` for a float, `5` for an int64, `"text"`,
 * `b"base64"`, `[1.0, null]`, `{a: 1.0, b: "x"}` with the fields in order of their names. Whole, however
 * long; not meant to be read back.
 *
 * A pending commit timestamp shows as the greatest int64, which is what the backend puts in its place.
 * Fields that are `undefined` count as absent.
 */
export function displayValue(value: Value): string {
  switch (typeof value) {
    case "string":
      return `"${value.replace(ESCAPED, escapeCharacter)}"`;
    case "number":
      return displayFloat64(value, EXPONENT_BELOW);
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return displayObjectLike(value);
  }
}

const EXPONENT_BELOW = 1e-4;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * What Rust's `{:?}` escapes in a string: quote and backslash, and all that prints nothing or attaches to
 * its neighbour (controls, formats, unassigned, separators other than the space, combining marks).
 */
const ESCAPED = /["\\]|\p{C}|(?! )\p{Z}|\p{Grapheme_Extend}/gu;

const SHORT_ESCAPES = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\0", "\\0"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
]);

function escapeCharacter(character: string): string {
  const codePoint = character.codePointAt(0) as number;
  return SHORT_ESCAPES.get(character) ?? `\\u{${codePoint.toString(16)}}`;
}

function displayObjectLike(value: Exclude<Value, string | number | boolean | bigint>): string {
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return `[${value.map(displayValue).join(", ")}]`;
  }
  if (value instanceof ArrayBuffer) {
    return `b"${Base64.fromByteArray(new Uint8Array(value))}"`;
  }
  if (value instanceof CommitTsPlaceholder) {
    return String(MAX_INT64);
  }
  return `{${displayFields(value).join(", ")}}`;
}

function displayFields(object: { [name: string]: Value | undefined }): string[] {
  const fields: string[] = [];
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value !== undefined) {
      fields.push(`${name}: ${displayValue(value)}`);
    }
  }
  return fields;
}
