import { compareValues, type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { fieldAt } from "../storage/indexKey.ts";
import type { DocumentValue } from "../storage/StoredDocument.ts";
import { displayValue } from "../values/displayValue.ts";

/** A part of a filter made ready to run: `undefined` is a value here, as in Convex. */
type Expression = (document: DocumentValue) => Value | undefined;

/**
 * Compiles a whole filter: an expression that says of each document whether it stays.
 *
 * @throws EngineError InvalidFilter at once; EvalError, with convex-backend's texts, when a document is
 *   reached for which an operator has no result or the filter no boolean
 */
export function compileFilter(json: JSONValue | undefined): (document: DocumentValue) => boolean {
  const expression = compileExpression(json);
  return (document) => boolean(expression(document));
}

/**
 * Compiles the JSON of `ctx.db.query(…).filter(q => …)`.
 *
 * Comparisons follow the total order of values. Arithmetic wants two numbers of one kind, logic wants
 * booleans; anything else fails the query when the document is reached, as in Convex.
 *
 * @throws EngineError InvalidFilter for JSON that is no expression
 */
function compileExpression(json: JSONValue | undefined): Expression {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalid("a filter expression must be an object");
  }
  const [operator, ...more] = Object.keys(json);
  if (operator === undefined || more.length > 0) {
    throw invalid("a filter expression has exactly one operator");
  }
  const operand = json[operator];
  if (operator === "$literal") {
    const value = literal(operand);
    return () => value;
  }
  if (operator === "$field") {
    const path = String(operand);
    return (document) => fieldAt(document, path);
  }
  if (operator === "$not" || operator === "$neg") {
    const inner = compileExpression(operand);
    return operator === "$not"
      ? (document) => !boolean(inner(document))
      : (document) => negated(inner(document));
  }
  if (!Array.isArray(operand)) {
    throw invalid(`${operator} takes a list`);
  }
  const operands = operand.map((each) => compileExpression(each));
  if (operator === "$and" || operator === "$or") {
    return logical(operator, operands);
  }
  const [left, right] = operands;
  if (left === undefined || right === undefined || operands.length !== 2) {
    throw invalid(`${operator} takes two operands`);
  }
  const compare = COMPARISONS[operator];
  if (compare !== undefined) {
    return (document) => compare(compareValues(left(document), right(document)));
  }
  const calculate = ARITHMETIC[operator];
  if (calculate !== undefined) {
    return (document) => calculated(calculate, left(document), right(document));
  }
  throw invalid(`unknown operator ${operator}`);
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

interface Arithmetic {
  /** As messages name it. */
  verb: string;
  float64(a: number, b: number): number;
  int64(a: bigint, b: bigint): bigint;
}

const ARITHMETIC: Record<string, Arithmetic> = {
  $add: { verb: "add", float64: (a, b) => a + b, int64: (a, b) => a + b },
  $sub: { verb: "subtract", float64: (a, b) => a - b, int64: (a, b) => a - b },
  $mul: { verb: "multiply", float64: (a, b) => a * b, int64: (a, b) => a * b },
  $div: { verb: "divide", float64: (a, b) => a / b, int64: (a, b) => a / b },
  $mod: { verb: "mod", float64: (a, b) => a % b, int64: (a, b) => a % b },
};

function calculated(
  { verb, float64, int64 }: Arithmetic,
  a: Value | undefined,
  b: Value | undefined,
): Value {
  if (typeof a === "number" && typeof b === "number") {
    return float64(a, b);
  }
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (b === 0n && (verb === "divide" || verb === "mod")) {
      throw evalError(`Cannot ${verb} ${a} by zero`);
    }
    const result = int64(a, b);
    if (!isInt64(result)) {
      throw evalError(`Cannot ${verb} ${a} and ${b}: the result is out of range for Int64`);
    }
    return result;
  }
  throw evalError(`Cannot ${verb} ${typed(a)} and ${typed(b)}`);
}

function negated(value: Value | undefined): Value {
  if (typeof value === "number") {
    return -value;
  }
  if (typeof value !== "bigint") {
    throw evalError(`Cannot negate ${typed(value)}`);
  }
  if (!isInt64(-value)) {
    throw evalError(`Cannot negate ${value}: the result is out of range for Int64`);
  }
  return -value;
}

function logical(operator: "$and" | "$or", operands: readonly Expression[]): Expression {
  return operator === "$and"
    ? (document) => operands.every((each) => boolean(each(document)))
    : (document) => operands.some((each) => boolean(each(document)));
}

function boolean(value: Value | undefined): boolean {
  if (typeof value !== "boolean") {
    throw evalError(`Cannot use value ${typed(value)} as a Boolean`);
  }
  return value;
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** A value with its type, as messages show both. */
function typed(value: Value | undefined): string {
  return value === undefined
    ? "undefined (type undefined)"
    : `${displayValue(value)} (type ${typeName(value)})`;
}

function typeName(value: Value): string {
  switch (typeof value) {
    case "string":
      return "String";
    case "number":
      return "Float64";
    case "bigint":
      return "Int64";
    case "boolean":
      return "Boolean";
    default:
      if (value === null) {
        return "Null";
      }
      if (Array.isArray(value)) {
        return "Array";
      }
      return value instanceof ArrayBuffer ? "Bytes" : "Object";
  }
}

function evalError(message: string): EngineError {
  return new EngineError("EvalError", message);
}

function literal(json: JSONValue | undefined): Value | undefined {
  if (json === undefined) {
    return undefined;
  }
  const isUndefined = typeof json === "object" && json !== null && "$undefined" in json;
  return isUndefined ? undefined : jsonToConvex(json);
}

function invalid(reason: string): EngineError {
  return new EngineError("InvalidFilter", `Invalid filter: ${reason}.`);
}
