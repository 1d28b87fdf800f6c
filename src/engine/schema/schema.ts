import type { Value } from "convex/values";
import { EngineError } from "../errors.ts";
import type { PlainObject } from "../values/isPlainObject.ts";
import { displayValidator } from "./displayValidator.ts";
import { isIdentifier } from "./isIdentifier.ts";
import { matchesDocument } from "./matchesValidator.ts";
import { parseIndexes } from "./parseIndexes.ts";
import { SchemaError } from "./SchemaError.ts";
import {
  checkValue,
  type ObjectValidator,
  parseValidator,
  type TableNumbers,
  type ValidationFailure,
  type Validator,
} from "./validator.ts";

/** An index that queries can use, without the `_creationTime` that ends every key. */
export interface IndexSchema {
  readonly name: string;
  /** Field paths, dotted where nested. */
  readonly fields: readonly string[];
}

export interface TableSchema {
  readonly name: string;
  /** The type of the fields that do not start with an underscore; null when anything goes. */
  readonly documentType: Validator | null;
  readonly indexes: readonly IndexSchema[];
}

export interface Schema {
  readonly tables: ReadonlyMap<string, TableSchema>;
  /** False: documents are not checked, indexes apply all the same. */
  readonly schemaValidation: boolean;
}

/** convex-backend's limit. */
export const MAX_TABLES = 10_000;

/**
 * Reads what `schema.export()` of `convex/server` gives. Proposed next types of tables (`.staged()`) are
 * ignored; about staged, search and vector indexes see {@link parseIndexes}.
 *
 * @throws SchemaError
 */
export function parseSchema(exported: string): Schema {
  const json = parseJson(exported);
  const { tables: tablesJson, schemaValidation } = (json ?? {}) as Record<string, unknown>;
  if (!Array.isArray(tablesJson)) {
    throw new SchemaError("The exported schema has no list of tables.");
  }
  if (tablesJson.length > MAX_TABLES) {
    throw new SchemaError(`Number of tables cannot exceed ${MAX_TABLES}.`);
  }
  const tables = new Map<string, TableSchema>();
  for (const tableJson of tablesJson) {
    const table = parseTable((tableJson ?? {}) as Record<string, unknown>);
    tables.set(table.name, table);
    if (schemaValidation === true) {
      checkIndexReferences(table);
    }
  }
  return { tables, schemaValidation: schemaValidation === true };
}

/**
 * The schema of an app: what its schema module exports by default, with the text to tell two schemas
 * apart. An app without one (`undefined`) has the empty schema, which accepts everything.
 *
 * @throws SchemaError
 */
export function findSchema(defaultExport: unknown): { schema: Schema; exported: string } {
  if (defaultExport === undefined) {
    return { schema: parseSchema(NO_SCHEMA), exported: NO_SCHEMA };
  }
  const definition = defaultExport as { export?: unknown } | null;
  if (typeof definition !== "object" || typeof definition?.export !== "function") {
    throw new SchemaError(
      `Default export from schema file isn't a Convex schema. ${SEE_SCHEMA_DOCS}`,
    );
  }
  const exported = String(definition.export());
  return { schema: parseSchema(exported), exported };
}

/**
 * Why a document does not fit its table's type, or null when it does. A table without a type, unknown to
 * the schema or in a schema that does not validate takes every document. Fields that start with an
 * underscore are left out.
 */
export function findMismatch(
  schema: Schema,
  tableName: string,
  document: PlainObject,
  tables: TableNumbers,
): ValidationFailure | null {
  const documentType = schema.tables.get(tableName)?.documentType ?? null;
  return !schema.schemaValidation ||
    documentType === null ||
    matchesDocument(documentType, document, tables)
    ? null
    : checkValue(documentType, withoutSystemFields(document), tables);
}

/**
 * Refuses the write of a document that does not fit, see {@link findMismatch}.
 *
 * @throws EngineError SchemaEnforcementError, with convex-backend's text, which quotes the document
 */
export function checkDocument(
  schema: Schema,
  tableName: string,
  document: PlainObject,
  tables: TableNumbers,
): void {
  const mismatch = findMismatch(schema, tableName, document, tables);
  if (mismatch !== null) {
    throw new EngineError(
      "SchemaEnforcementError",
      `Failed to insert or update a document in table "${tableName}" because it does not match the schema: ${mismatch.message}`,
    );
  }
}

const NO_SCHEMA = '{"tables":[],"schemaValidation":false}';
const SEE_SCHEMA_DOCS =
  "To learn more, see the schema documentation at https://docs.convex.dev/database/schemas.";

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SchemaError("The exported schema is not JSON.");
  }
}

function parseTable(json: Record<string, unknown>): TableSchema {
  const name = json["tableName"];
  if (typeof name !== "string" || !isIdentifier(name)) {
    throw new SchemaError(
      `Invalid table name: "${String(name)}". Identifiers must start with a letter and can only contain letters, digits, and underscores.`,
    );
  }
  if (name.startsWith("_")) {
    throw new SchemaError(`${name} is a reserved table name.`);
  }
  const documentType = parseDocumentType(name, json["documentType"]);
  return { name, documentType, indexes: parseIndexes(name, json) };
}

function parseDocumentType(tableName: string, json: unknown): Validator | null {
  if (json === undefined || json === null) {
    return null;
  }
  const validator = parseTableValidator(tableName, json);
  switch (validator.kind) {
    case "any":
      return null;
    case "object":
      return withoutSystemFieldTypes(validator);
    case "union":
      return { kind: "union", members: validator.members.map(documentMember) };
    default:
      throw invalidDocumentType(validator);
  }
}

function parseTableValidator(tableName: string, json: unknown): Validator {
  try {
    return parseValidator(json);
  } catch (error) {
    throw new SchemaError(`In table "${tableName}": ${(error as Error).message}`);
  }
}

function documentMember(member: Validator): Validator {
  if (member.kind !== "object") {
    throw invalidDocumentType(member);
  }
  return withoutSystemFieldTypes(member);
}

function withoutSystemFieldTypes({ fields }: ObjectValidator): ObjectValidator {
  return { kind: "object", fields: fields.filter(({ name }) => !name.startsWith("_")) };
}

function invalidDocumentType(found: Validator): SchemaError {
  return new SchemaError(
    `The document validator in a schema must be an object, a union of objects, or \`v.any()\`. Found ${displayValidator(found)}. ${SEE_SCHEMA_DOCS}`,
  );
}

function checkIndexReferences({ name, documentType, indexes }: TableSchema): void {
  for (const index of indexes) {
    for (const field of index.fields) {
      if (documentType !== null && !canContain(documentType, field.split("."))) {
        throw new SchemaError(
          `In table "${name}" the index "${index.name}" is invalid because it references the field "${field}" that does not exist.`,
        );
      }
    }
  }
}

/** Can any value of that type have something at the path? */
function canContain(validator: Validator, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) {
    return true;
  }
  switch (validator.kind) {
    case "any":
      return true;
    case "union":
      return validator.members.some((member) => canContain(member, path));
    case "object":
      return validator.fields.some(
        (field) => field.name === first && canContain(field.validator, rest),
      );
    default:
      return false;
  }
}

function withoutSystemFields(document: PlainObject): Value {
  const fields: Record<string, Value | undefined> = {};
  for (const name in document) {
    if (!name.startsWith("_")) {
      fields[name] = document[name];
    }
  }
  return fields;
}
