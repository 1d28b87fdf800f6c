import { compareValues, type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { fieldAt } from "../storage/indexKey.ts";
import type { DocumentValue } from "../storage/StoredDocument.ts";

/** A filter made ready to run: `undefined` is a value here, as in Convex. */
export type Expression = (document: DocumentValue) => Value | undefined;

/**
 * Compiles the JSON of `ctx.db.query(…).filter(q => …)`.
 *
 * Comparisons follow the total order of values. Arithmetic wants two numbers of one kind, logic wants
 * booleans; anything else fails the query when the document is reached, as in Convex.
 *
 * @throws EngineError InvalidFilter for JSON that is no expression
 */
export function compileExpression(json: JSONValue | undefined): Expression {
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
    return unary(operator, compileExpression(operand));
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
    return (document) => calculated(operator, calculate, left(document), right(document));
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
  float64(a: number, b: number): number;
  int64(a: bigint, b: bigint): bigint;
}

const ARITHMETIC: Record<string, Arithmetic> = {
  $add: { float64: (a, b) => a + b, int64: (a, b) => a + b },
  $sub: { float64: (a, b) => a - b, int64: (a, b) => a - b },
  $mul: { float64: (a, b) => a * b, int64: (a, b) => a * b },
  $div: { float64: (a, b) => a / b, int64: (a, b) => a / b },
  $mod: { float64: (a, b) => a % b, int64: (a, b) => a % b },
};

function calculated(
  operator: string,
  arithmetic: Arithmetic,
  a: Value | undefined,
  b: Value | undefined,
): Value {
  if (typeof a === "number" && typeof b === "number") {
    return arithmetic.float64(a, b);
  }
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (b === 0n && (operator === "$div" || operator === "$mod")) {
      throw invalid(`${operator} by zero`);
    }
    return BigInt.asIntN(64, arithmetic.int64(a, b));
  }
  throw invalid(`${operator} takes two numbers of the same kind`);
}

function unary(operator: "$not" | "$neg", operand: Expression): Expression {
  return (document) => {
    const value = operand(document);
    if (operator === "$not") {
      return !boolean(operator, value);
    }
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw invalid("$neg takes a number");
    }
    return -value;
  };
}

function logical(operator: "$and" | "$or", operands: readonly Expression[]): Expression {
  return operator === "$and"
    ? (document) => operands.every((each) => boolean(operator, each(document)))
    : (document) => operands.some((each) => boolean(operator, each(document)));
}

function boolean(operator: string, value: Value | undefined): boolean {
  if (typeof value !== "boolean") {
    throw invalid(`${operator} takes booleans`);
  }
  return value;
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
