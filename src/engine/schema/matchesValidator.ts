import { CommitTsPlaceholder, type Value } from "convex/values";
import { tableNumberOfId } from "../values/documentId.ts";
import { isPlainObject, type PlainObject } from "../values/isPlainObject.ts";
import type { ObjectValidator, TableNumbers, Validator } from "./validator.ts";

/** Does the value have the shape? Runs for every call and write, so it neither allocates nor explains. */
export function matchesValidator(
  validator: Validator,
  value: Value,
  tables: TableNumbers,
): boolean {
  switch (validator.kind) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "float64":
      return typeof value === "number";
    case "int64":
    case "commitTs":
      return typeof value === "bigint" || value instanceof CommitTsPlaceholder;
    case "boolean":
    case "string":
      return typeof value === validator.kind;
    case "bytes":
      return value instanceof ArrayBuffer;
    case "literal":
      return Object.is(value, validator.value);
    case "id":
      return typeof value === "string" && isIdOf(validator.tableName, value, tables);
    case "array":
      return Array.isArray(value) && matchesElements(validator.element, value, tables);
    case "record":
      return isPlainObject(value) && matchesRecord(validator.keys, validator.values, value, tables);
    case "object":
      return isPlainObject(value) && matchesFields(validator, value, tables);
    case "union":
      return matchesMember(validator.members, value, tables);
  }
}

/**
 * As {@link matchesValidator} for a whole document, whose own fields that begin with an underscore are the
 * system's and belong to no type.
 */
export function matchesDocument(
  validator: Validator,
  document: PlainObject,
  tables: TableNumbers,
): boolean {
  switch (validator.kind) {
    case "object":
      return matchesFields(validator, document, tables, isSystemField);
    case "union":
      return validator.members.some((member) => matchesDocument(member, document, tables));
    default:
      return matchesValidator(validator, document as Value, tables);
  }
}

function isSystemField(name: string): boolean {
  return name.startsWith("_");
}

function isIdOf(tableName: string, text: string, tables: TableNumbers): boolean {
  const tableNumber = tableNumberOfId(text);
  return tableNumber !== null && tableNumber === tables.numberOf(tableName);
}

function matchesElements(
  element: Validator,
  values: readonly Value[],
  tables: TableNumbers,
): boolean {
  for (const value of values) {
    if (!matchesValidator(element, value, tables)) {
      return false;
    }
  }
  return true;
}

function matchesRecord(
  keys: Validator,
  values: Validator,
  object: PlainObject,
  tables: TableNumbers,
): boolean {
  for (const name in object) {
    const value = object[name];
    if (
      value !== undefined &&
      !(matchesValidator(keys, name, tables) && matchesValidator(values, value, tables))
    ) {
      return false;
    }
  }
  return true;
}

function matchesFields(
  { fields }: ObjectValidator,
  object: PlainObject,
  tables: TableNumbers,
  isLeftOut?: (name: string) => boolean,
): boolean {
  let known = 0;
  for (const { name, validator, optional } of fields) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value === undefined) {
      if (!optional) {
        return false;
      }
    } else if (matchesValidator(validator, value, tables)) {
      known += 1;
    } else {
      return false;
    }
  }
  let present = 0;
  for (const name in object) {
    if (object[name] !== undefined && isLeftOut?.(name) !== true) {
      present += 1;
    }
  }
  return present === known;
}

function matchesMember(members: readonly Validator[], value: Value, tables: TableNumbers): boolean {
  for (const member of members) {
    if (matchesValidator(member, value, tables)) {
      return true;
    }
  }
  return false;
}
