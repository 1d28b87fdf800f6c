import { isIdentifier } from "./isIdentifier.ts";
import { SchemaError } from "./SchemaError.ts";
import type { IndexSchema } from "./schema.ts";

/** Convex's limits. Staged indexes count. */
export const MAX_INDEXES_PER_TABLE = 64;
export const MAX_INDEX_FIELDS = 16;

/**
 * The database indexes of one exported table, checked: names are unreserved identifiers and unique,
 * fields are paths of identifiers without system fields, no two indexes have the same fields.
 *
 * Staged indexes obey the same rules but are left out of the result: a query cannot use them, and this
 * host has nothing to prepare for the day they are enabled. Search and vector indexes are refused, staged
 * ones too. Rules: convex-backend, `crates/common/src/schemas/json.rs`.
 *
 * @param table the table's entry in the schema's JSON
 * @throws SchemaError
 */
export function parseIndexes(tableName: string, table: Record<string, unknown>): IndexSchema[] {
  refuseOtherIndexes(tableName, table);
  const active = parseList(tableName, table["indexes"]);
  const all = [...active, ...parseList(tableName, table["stagedDbIndexes"])];
  if (all.length > MAX_INDEXES_PER_TABLE) {
    throw new SchemaError(
      `Table "${tableName}" cannot have more than ${MAX_INDEXES_PER_TABLE} indexes.`,
    );
  }
  checkDifferent(tableName, all);
  return active;
}

function refuseOtherIndexes(tableName: string, table: Record<string, unknown>): void {
  for (const [list, kind] of OTHER_INDEXES) {
    const definitions = table[list];
    if (Array.isArray(definitions) && definitions.length > 0) {
      throw new SchemaError(
        `In table "${tableName}": this host does not offer ${kind} indexes. Remove the ${kind} index definitions or run the app on Convex.`,
      );
    }
  }
}

const OTHER_INDEXES = [
  ["searchIndexes", "search"],
  ["stagedSearchIndexes", "search"],
  ["vectorIndexes", "vector"],
  ["stagedVectorIndexes", "vector"],
] as const;

function parseList(tableName: string, json: unknown): IndexSchema[] {
  if (json === undefined || json === null) {
    return [];
  }
  if (!Array.isArray(json)) {
    throw new SchemaError(`In table "${tableName}": the indexes must be a list.`);
  }
  return json.map((definition) => parseIndex(tableName, definition));
}

function parseIndex(tableName: string, json: unknown): IndexSchema {
  const { indexDescriptor: name, fields } = (json ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || !isIdentifier(name)) {
    throw new SchemaError(
      `In table "${tableName}": Invalid index name: "${String(name)}". Identifiers must be 64 characters or less, start with a letter, and only contain letters, digits, underscores.`,
    );
  }
  if (name.startsWith("_") || name === "by_id" || name === "by_creation_time") {
    throw new SchemaError(
      `In table "${tableName}" cannot name an index "${name}" because the name is reserved. Indexes may not start with an underscore or be named "by_id" or "by_creation_time".`,
    );
  }
  if (!Array.isArray(fields) || fields.length === 0) {
    throw new SchemaError(`In table "${tableName}" index "${name}" must have at least one field.`);
  }
  const problem = problemWithFields(fields);
  if (problem !== null) {
    throw new SchemaError(`In table "${tableName}": In index "${name}": ${problem}`);
  }
  return { name, fields };
}

function problemWithFields(fields: readonly unknown[]): string | null {
  const seen = new Set<unknown>();
  if (fields.length > MAX_INDEX_FIELDS) {
    return `Indexes may have up to ${MAX_INDEX_FIELDS} fields.`;
  }
  for (const field of fields) {
    if (typeof field !== "string" || !field.split(".").every(isIdentifier)) {
      return `Invalid index field: "${String(field)}"`;
    }
    if (field === "_id") {
      return "`_id` is not a valid index field. To load documents by ID, use `db.get(id)`.";
    }
    if (field === "_creationTime") {
      return "`_creationTime` is automatically added to the end of each index. It should not be added explicitly in the index definition. See https://docs.convex.dev/using/indexes for more details.";
    }
    if (field.split(".").some((part) => part.startsWith("_"))) {
      return "Reserved fields (starting with `_`) are not allowed in indexes.";
    }
    if (seen.has(field)) {
      return `Duplicate field "${field}". Index fields must be unique within an index.`;
    }
    seen.add(field);
  }
  return null;
}

function checkDifferent(tableName: string, indexes: readonly IndexSchema[]): void {
  const names = new Set<string>();
  const namesByFields = new Map<string, string>();
  for (const { name, fields } of indexes) {
    if (names.has(name)) {
      throw new SchemaError(`Table "${tableName}" has two or more definitions of index "${name}".`);
    }
    names.add(name);
    const twin = namesByFields.get(fields.join());
    if (twin !== undefined) {
      throw new SchemaError(
        `In table "${tableName}" index "${name}" and index "${twin}" have the same fields. Indexes must be unique within a table.`,
      );
    }
    namesByFields.set(fields.join(), name);
  }
}
