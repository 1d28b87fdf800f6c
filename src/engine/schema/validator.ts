import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { displayValidator } from "./displayValidator.ts";
import { explainMismatch } from "./explainMismatch.ts";
import { isIdentifier } from "./isIdentifier.ts";
import { matchesValidator } from "./matchesValidator.ts";

/** A validator as `v.*` of `convex/values` exports it (`exportArgs()`, `schema.export()`). */
export type ValidatorJson =
  | { type: "null" | "number" | "bigint" | "commitTs" | "boolean" | "string" | "bytes" | "any" }
  | { type: "literal"; value: JSONValue }
  | { type: "id"; tableName: string }
  | { type: "array"; value: ValidatorJson }
  | { type: "record"; keys: ValidatorJson; values: FieldValidatorJson }
  | { type: "object"; value: Record<string, FieldValidatorJson> }
  | { type: "union"; value: ValidatorJson[] };

export interface FieldValidatorJson {
  fieldType: ValidatorJson;
  optional: boolean;
}

/** A checked validator, ready to run. Kinds are named like the `kind` of `v.*`. */
export type Validator =
  | { readonly kind: ScalarKind }
  | { readonly kind: "literal"; readonly value: string | number | bigint | boolean }
  | { readonly kind: "id"; readonly tableName: string }
  | { readonly kind: "array"; readonly element: Validator }
  | { readonly kind: "record"; readonly keys: Validator; readonly values: Validator }
  | ObjectValidator
  | { readonly kind: "union"; readonly members: readonly Validator[] };

export type ScalarKind =
  | "null"
  | "float64"
  | "int64"
  | "commitTs"
  | "boolean"
  | "string"
  | "bytes"
  | "any";

export interface ObjectValidator {
  readonly kind: "object";
  /** In the order of their names, which is the order in which they are checked and shown. */
  readonly fields: readonly FieldValidator[];
}

export interface FieldValidator {
  readonly name: string;
  readonly validator: Validator;
  readonly optional: boolean;
}

/** What id validators ask about tables. Numbers and names match one to one. */
export interface TableNumbers {
  numberOf(tableName: string): number | null;
  nameOf(tableNumber: number): string | null;
}

/** Why a value was refused: the backend's text, which may span lines and quotes the value. */
export interface ValidationFailure {
  readonly message: string;
}

/**
 * Checks a validator's JSON once, so that {@link checkValue} need not. The rules are those of
 * convex-backend, `crates/common/src/schemas/json.rs`.
 *
 * @throws EngineError InvalidValidator
 */
export function parseValidator(json: unknown): Validator {
  if (!isRecord(json)) {
    throw invalid("A validator must be an object with a `type`");
  }
  const { type } = json;
  switch (type) {
    case "null":
    case "boolean":
    case "string":
    case "bytes":
    case "commitTs":
    case "any":
      return { kind: type };
    case "number":
      return { kind: "float64" };
    case "bigint":
      return { kind: "int64" };
    case "literal":
      return parseLiteral(json["value"]);
    case "id":
      return parseId(json["tableName"]);
    case "array":
      return { kind: "array", element: parseValidator(json["value"]) };
    case "record":
      return parseRecord(json["keys"], json["values"]);
    case "object":
      return parseObject(json["value"]);
    case "union":
      return parseUnion(json["value"]);
    default:
      throw invalid(`Unknown validator type ${JSON.stringify(type)}`);
  }
}

/**
 * Does a value have the shape a validator demands? Null when it does; that answer costs no allocation.
 *
 * A pending commit timestamp counts as an int64, and `v.commitTs()` accepts every int64, as in the
 * backend. Ids must belong to the table; the document need not exist. Fields that are `undefined` count
 * as absent. An object whose prototype is not the ordinary one matches no object or record validator:
 * `jsonToConvex` makes such objects of a field named `__proto__`, and functions would read through it.
 */
export function checkValue(
  validator: Validator,
  value: Value,
  tables: TableNumbers,
): ValidationFailure | null {
  return matchesValidator(validator, value, tables)
    ? null
    : { message: explainMismatch(validator, value, tables) };
}

/** The message of a function call whose arguments were refused. */
export function formatArgumentError(failure: ValidationFailure): string {
  return `ArgumentValidationError: ${failure.message}`;
}

/** The message of a function call whose result was refused. */
export function formatReturnsError(failure: ValidationFailure): string {
  return `ReturnsValidationError: ${failure.message}`;
}

function parseLiteral(json: unknown): Validator {
  const value = literalValue(json);
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return { kind: "literal", value };
    default:
      throw invalid("A literal must be a string, a number, a bigint or a boolean");
  }
}

function literalValue(json: unknown): Value {
  try {
    // Sound: `jsonToConvex` throws for what is not Convex JSON.
    return jsonToConvex(json as JSONValue);
  } catch (error) {
    throw invalid(`Invalid literal: ${(error as Error).message}`);
  }
}

function parseId(tableName: unknown): Validator {
  if (typeof tableName !== "string" || !isIdentifier(tableName)) {
    throw invalid(`Invalid table name in v.id(): ${JSON.stringify(tableName)}`);
  }
  return { kind: "id", tableName };
}

function parseRecord(keysJson: unknown, valuesJson: unknown): Validator {
  const keys = parseValidator(keysJson);
  if (!isSubtypeOfString(keys)) {
    throw invalid(
      `Records can only have string keys. Your validator contains a record with key typed as \`${displayValidator(keys)}\`, which is not a subtype of \`v.string()\``,
    );
  }
  if (containsLiteral(keys)) {
    throw invalid("Records cannot have string literal keys");
  }
  const values = parseField("values", valuesJson);
  if (values.optional) {
    throw invalid("Records cannot have optional values");
  }
  return { kind: "record", keys, values: values.validator };
}

function parseObject(json: unknown): Validator {
  if (!isRecord(json)) {
    throw invalid("An object validator must list its fields");
  }
  const names = Object.keys(json).sort();
  return { kind: "object", fields: names.map((name) => parseField(name, json[name])) };
}

function parseField(name: string, json: unknown): FieldValidator {
  if (!isIdentifier(name)) {
    throw invalid(
      `Invalid field name ${JSON.stringify(name)}: field names in validators have 64 characters or less, start with a letter or an underscore, and only contain letters, digits and underscores, not underscores alone`,
    );
  }
  if (!isRecord(json) || typeof json["optional"] !== "boolean") {
    throw invalid(`Invalid validator for key \`${name}\`: \`optional\` must be a boolean`);
  }
  try {
    return { name, validator: parseValidator(json["fieldType"]), optional: json["optional"] };
  } catch (error) {
    throw invalid(`Invalid validator for key \`${name}\`: ${(error as Error).message}`);
  }
}

function parseUnion(json: unknown): Validator {
  if (!Array.isArray(json)) {
    throw invalid("A union validator must list its members");
  }
  return { kind: "union", members: json.map(parseValidator) };
}

function isSubtypeOfString(validator: Validator): boolean {
  switch (validator.kind) {
    case "string":
    case "id":
      return true;
    case "literal":
      return typeof validator.value === "string";
    case "union":
      return validator.members.every(isSubtypeOfString);
    default:
      return false;
  }
}

function containsLiteral(validator: Validator): boolean {
  return validator.kind === "union"
    ? validator.members.some(containsLiteral)
    : validator.kind === "literal";
}

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function invalid(message: string): EngineError {
  return new EngineError("InvalidValidator", message);
}
