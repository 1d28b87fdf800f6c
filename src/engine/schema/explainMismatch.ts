import type { Value } from "convex/values";
import { displayValue } from "../values/displayValue.ts";
import { tableNumberOfId } from "../values/documentId.ts";
import { isPlainObject, type PlainObject } from "../values/isPlainObject.ts";
import { displayValidator } from "./displayValidator.ts";
import { matchesValidator } from "./matchesValidator.ts";
import type { ObjectValidator, TableNumbers, Validator } from "./validator.ts";

/**
 * Why a value does not match, in the words of convex-backend (`crates/common/src/schemas/validator.rs`),
 * spaces and line ends included. The first mismatch counts: fields in order of their names, then fields
 * too many. A union of several members says only that none matches.
 *
 * @param value one that {@link matchesValidator} refused
 */
export function explainMismatch(validator: Validator, value: Value, tables: TableNumbers): string {
  return explain(validator, value, tables, "");
}

/** @param path what leads to the value: `.field`, `[0]`, `.keys()` and `.values()`, in a row */
function explain(validator: Validator, value: Value, tables: TableNumbers, path: string): string {
  switch (validator.kind) {
    case "literal":
      return `\`${displayValue(value)}\` does not match literal validator \`${displayValidator(validator)}\`.${pathText(path)}`;
    case "id":
      return explainId(validator, validator.tableName, value, tables, path);
    case "array":
      if (Array.isArray(value)) {
        const index = value.findIndex(
          (element) => !matchesValidator(validator.element, element, tables),
        );
        return explain(validator.element, value[index] as Value, tables, `${path}[${index}]`);
      }
      return noMatch(validator, value, path);
    case "record":
      return isPlainObject(value)
        ? explainRecord(validator.keys, validator.values, value, tables, path)
        : noMatch(validator, value, path);
    case "object":
      return isPlainObject(value)
        ? explainObject(validator, value, tables, path)
        : noMatch(validator, value, path);
    case "union": {
      const [onlyMember, ...others] = validator.members;
      return onlyMember !== undefined && others.length === 0
        ? explain(onlyMember, value, tables, path)
        : noMatch(validator, value, path);
    }
    default:
      return noMatch(validator, value, path);
  }
}

function explainId(
  validator: Validator,
  tableName: string,
  value: Value,
  tables: TableNumbers,
  path: string,
): string {
  const tableNumber = typeof value === "string" ? tableNumberOfId(value) : null;
  const found = tableNumber === null ? null : tables.nameOf(tableNumber);
  if (found === null) {
    return noMatch(validator, value, path);
  }
  const origin = found.startsWith("_") ? "a system table" : `table \`${found}\``;
  return `Found ID "${value}" from ${origin}, which does not match the table name in validator \`v.id("${tableName}")\`.${pathText(path)}`;
}

function explainRecord(
  keys: Validator,
  values: Validator,
  object: PlainObject,
  tables: TableNumbers,
  path: string,
): string {
  const names = definedNames(object);
  const name = names.find(
    (each) =>
      !matchesValidator(keys, each, tables) ||
      !matchesValidator(values, object[each] as Value, tables),
  ) as string;
  return matchesValidator(keys, name, tables)
    ? explain(values, object[name] as Value, tables, `${path}.values()`)
    : explain(keys, name, tables, `${path}.keys()`);
}

function explainObject(
  objectValidator: ObjectValidator,
  object: PlainObject,
  tables: TableNumbers,
  path: string,
): string {
  const names = definedNames(object);
  const context = `${pathText(path)}\nObject: ${displayValue(object)}\nValidator: ${displayValidator(objectValidator)}`;
  for (const { name, validator, optional } of objectValidator.fields) {
    if (names.includes(name)) {
      const value = object[name] as Value;
      if (!matchesValidator(validator, value, tables)) {
        return explain(validator, value, tables, `${path}.${name}`);
      }
    } else if (!optional) {
      return `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.\n${context}`;
    }
  }
  const extra = names.find((each) => objectValidator.fields.every(({ name }) => name !== each));
  return `Object contains extra field \`${extra}\` that is not in the validator.\n${context}`;
}

function noMatch(validator: Validator, value: Value, path: string): string {
  return `Value does not match validator.\n${pathText(path)}\nValue: ${displayValue(value)}\nValidator: ${displayValidator(validator)}`;
}

function pathText(path: string): string {
  return path === "" ? "" : `Path: ${path}`;
}

function definedNames(object: PlainObject): string[] {
  return Object.keys(object)
    .filter((name) => object[name] !== undefined)
    .sort();
}
