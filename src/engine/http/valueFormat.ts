import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { RequestError } from "../errors.ts";

/** How values are written in answers; named by the request's `format`. */
export type ValueFormat = "json" | "convex_encoded_json" | "export_json";

const FORMATS: Record<string, ValueFormat> = {
  json: "json",
  convex_clean_json: "json",
  convex_encoded_json: "convex_encoded_json",
  convex_json: "convex_encoded_json",
  export_json: "export_json",
};

/** @throws RequestError 400 BadFormat */
export function readFormat(format: unknown): ValueFormat {
  if (format === undefined || format === null) {
    return "json";
  }
  // An object of JSON may have a `toString` that is no function.
  const name = typeof format === "string" ? format : JSON.stringify(format);
  const known = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (known === undefined) {
    throw new RequestError(400, "BadFormat", `Invalid format: ${name}`);
  }
  return known;
}

/**
 * Convex JSON text rewritten for a format: "json" spells int64 as decimal text, bytes as base64 and
 * special numbers by name; "export_json" keeps Convex's tags but writes int64 as a JSON integer.
 */
export function writeValue(convexJsonText: string, format: ValueFormat): string {
  // Without a tag there is nothing to rewrite, and the text goes out as it is.
  if (format === "convex_encoded_json" || !convexJsonText.includes('"$')) {
    return convexJsonText;
  }
  return write(jsonToConvex(JSON.parse(convexJsonText) as JSONValue), format);
}

function write(value: Value | undefined, format: "json" | "export_json"): string {
  if (typeof value === "bigint") {
    return format === "json" ? JSON.stringify(String(value)) : String(value);
  }
  if (typeof value === "number" && !isPlainNumber(value)) {
    return JSON.stringify(format === "json" ? String(value) : { $float: base64Float(value) });
  }
  if (value instanceof ArrayBuffer) {
    const text = base64(new Uint8Array(value));
    return JSON.stringify(format === "json" ? text : { $bytes: text });
  }
  if (Array.isArray(value)) {
    return `[${value.map((element) => write(element, format)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(
      ([field, each]) => `${JSON.stringify(field)}:${write(each, format)}`,
    );
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function base64Float(value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return base64(bytes);
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
