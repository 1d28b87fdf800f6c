import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import type { KeyRange } from "../storage/DocumentStore.ts";
import type { IndexDefinition } from "../storage/TableCatalog.ts";
import { displayValue } from "../values/displayValue.ts";
import { afterPrefix, encodeSortKey } from "../values/sortKey.ts";

/** One comparison of `withIndex`, as the `convex` package serialises it. */
export interface RangeExpression {
  type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  fieldPath: string;
  value: JSONValue;
}

type Bound = { value: Value | undefined; inclusive: boolean };

/** The whole of an index. No sort key starts with 0xff. */
export const WHOLE_INDEX: KeyRange = { lower: new Uint8Array(), upper: new Uint8Array([0xff]) };

/**
 * The stretch of keys that satisfies the comparisons: equalities on a prefix of the index's fields, then
 * at most one more field with a lower and an upper bound.
 *
 * @param indexName as users write it in messages: "table.index"
 * @throws EngineError AlreadyDefinedBound, BoundsOnMultipleFields, FieldNotInIndex, InvalidIndexRange,
 *   with the texts of Convex's backend
 */
export function toKeyRange(
  indexName: string,
  index: IndexDefinition,
  expressions: readonly RangeExpression[],
): KeyRange {
  const equal = valuesOfFirstFields(index, expressions);
  if (equal !== null) {
    return prefixRange(equal);
  }
  const fields = keyFields(index);
  const { equalities, inequality } = split(indexName, expressions);
  for (const field of [...equalities.keys(), ...(inequality === null ? [] : [inequality.field])]) {
    if (!fields.includes(field)) {
      throw new EngineError(
        "FieldNotInIndex",
        `The index range included a comparison with ${quoted(field)}, but ${indexName} with fields [${index.fields.join(", ")}] doesn't index this field. For more information see https://docs.convex.dev/using/indexes.`,
      );
    }
  }
  const equalFields = [...equalities.keys()].sort((a, b) => fields.indexOf(a) - fields.indexOf(b));
  const used = inequality === null ? equalFields : [...equalFields, inequality.field];
  checkInOrder(indexName, index, fields, used);

  const prefix = equalFields.map((field) => equalities.get(field));
  if (inequality === null) {
    return prefixRange(prefix);
  }
  return {
    lower: lowerKey(prefix, inequality.lower),
    upper: upperKey(prefix, inequality.upper),
  };
}

/** The values of the index's first fields, in order, if that is all the comparisons say: most look-ups. */
function valuesOfFirstFields(
  { fields }: IndexDefinition,
  expressions: readonly RangeExpression[],
): (Value | undefined)[] | null {
  const isThat = expressions.every(
    ({ type, fieldPath }, position) => type === "Eq" && fieldPath === fields[position],
  );
  return isThat ? expressions.map(({ value }) => rangeValue(value)) : null;
}

/** All fields of a key: the declared ones, then what ends every key. */
function keyFields(index: IndexDefinition): string[] {
  return index.name === "by_id" ? ["_id"] : [...index.fields, "_creationTime"];
}

interface Inequality {
  field: string;
  lower: Bound | null;
  upper: Bound | null;
}

function split(
  indexName: string,
  expressions: readonly RangeExpression[],
): { equalities: Map<string, Value | undefined>; inequality: Inequality | null } {
  const equalities = new Map<string, Value | undefined>();
  let inequality: Inequality | null = null;
  for (const { type, fieldPath, value: json } of expressions) {
    const value = rangeValue(json);
    if (type === "Eq") {
      if (equalities.has(fieldPath)) {
        throw alreadyDefined("equality", fieldPath, "==", equalities.get(fieldPath));
      }
      equalities.set(fieldPath, value);
      continue;
    }
    inequality ??= { field: fieldPath, lower: null, upper: null };
    if (inequality.field !== fieldPath) {
      throw new EngineError(
        "BoundsOnMultipleFields",
        `Upper and lower bounds in \`range\` can only be applied to a single index field. This query against index ${indexName} attempted to set a range bound on both ${quoted(inequality.field)} and ${quoted(fieldPath)}. Consider using \`filter\` instead. See https://docs.convex.dev/using/indexes for more info.`,
      );
    }
    const side = type === "Lt" || type === "Lte" ? "upper" : "lower";
    if (inequality[side] !== null) {
      throw alreadyDefined(side, fieldPath, COMPARATORS[type], value);
    }
    inequality[side] = { value, inclusive: type === "Gte" || type === "Lte" };
  }
  return { equalities, inequality };
}

const COMPARATORS = { Gt: ">", Gte: ">=", Lt: "<", Lte: "<=" } as const;

function checkInOrder(
  indexName: string,
  index: IndexDefinition,
  fields: readonly string[],
  used: readonly string[],
): void {
  const incorrect = used.find((field, position) => field !== fields[position]);
  if (incorrect !== undefined) {
    throw new EngineError(
      "InvalidIndexRange",
      `Tried to query index ${indexName} but the query didn't use the index fields in order.\nIndex fields: [${index.fields.join(", ")}]\nQuery fields: [${used.join(", ")}]\nFirst incorrect field: ${incorrect}\nFor more information see https://docs.convex.dev/using/indexes.`,
    );
  }
}

function prefixRange(prefix: readonly (Value | undefined)[]): KeyRange {
  const lower = encodeSortKey(prefix);
  return { lower, upper: afterPrefix(lower) };
}

function lowerKey(prefix: readonly (Value | undefined)[], bound: Bound | null): Uint8Array {
  if (bound === null) {
    return encodeSortKey(prefix);
  }
  const range = prefixRange([...prefix, bound.value]);
  return bound.inclusive ? range.lower : range.upper;
}

function upperKey(prefix: readonly (Value | undefined)[], bound: Bound | null): Uint8Array {
  if (bound === null) {
    return prefixRange(prefix).upper;
  }
  const range = prefixRange([...prefix, bound.value]);
  return bound.inclusive ? range.upper : range.lower;
}

function rangeValue(json: JSONValue): Value | undefined {
  const isUndefined = typeof json === "object" && json !== null && "$undefined" in json;
  return isUndefined ? undefined : jsonToConvex(json);
}

function alreadyDefined(
  bound: string,
  field: string,
  comparator: string,
  value: Value | undefined,
): EngineError {
  const text = value === undefined ? "undefined" : displayValue(value);
  return new EngineError(
    "AlreadyDefinedBound",
    `Already defined ${bound} bound in index range. Can't add ${quoted(field)} ${comparator} ${text}.`,
  );
}

function quoted(field: string): string {
  return JSON.stringify(field);
}
