import { type JSONValue, jsonToConvex, type Value } from "convex/values";

/** What a reviver is told of a number besides its value. */
interface RevivedFrom {
  source?: string;
}

/**
 * The value of a text that {@link exportText} or Convex wrote.
 *
 * @param isTyped whether numbers without a point are int64; in archives of older versions of Convex, which
 *   say nothing of types, all are float64
 * @throws SyntaxError for a text that is no JSON, Error for JSON that is no value
 */
export function importedValue(text: string, isTyped: boolean): Value {
  const revive = (_: string, value: unknown, { source }: RevivedFrom): unknown =>
    typeof value === "number" && isTyped && /^-?\d+$/.test(source ?? "") ? int64(source) : value;
  return jsonToConvex(
    JSON.parse(text, revive as (key: string, value: unknown) => unknown) as JSONValue,
  );
}

/** Convex JSON of an int64. */
function int64(source = "0"): JSONValue {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(source));
  return { $integer: bytes.toString("base64") };
}
