import { compareValues, type Value } from "convex/values";

/**
 * A value as Convex's exports write it: JSON in which a number with a point or an exponent is a float64 and
 * one without is an int64. Fields are in the order of their names. One value has one text.
 *
 * Source: convex-backend, `crates/value/src/export.rs`.
 */
export function exportText(value: Value): string {
  switch (typeof value) {
    case "number":
      return floatText(value);
    case "bigint":
      return String(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    default:
      return value === null ? "null" : compositeText(value as object);
  }
}

function compositeText(value: object): string {
  if (value instanceof ArrayBuffer) {
    return `{"$bytes":"${Buffer.from(value).toString("base64")}"}`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(exportText).join(",")}]`;
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => compareValues(a, b))
    .map(([name, field]) => `${JSON.stringify(name)}:${exportText(field)}`);
  return `{${fields.join(",")}}`;
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return `{"$float":"${bytes.toString("base64")}"}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
