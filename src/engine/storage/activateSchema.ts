import { EngineError } from "../errors.ts";
import { findMismatch, type Schema } from "../schema/schema.ts";
import type { DocumentStore } from "./DocumentStore.ts";
import type { SqlStore } from "./SqlStore.ts";
import { isSystemTable } from "./systemTables.ts";
import { isBuiltIn, type TableDefinition } from "./TableCatalog.ts";

const ACTIVE_SCHEMA = "active_schema";

/**
 * Makes a schema the active one: its tables exist, its indexes hold every document, indexes it no
 * longer names are gone, and every stored document matches it. All or nothing; does no work when the
 * same schema was active already.
 *
 * @param exported the schema's own text, compared with that of the last activation
 * @throws EngineError SchemaMismatch naming the first document that does not match
 */
export function activateSchema(
  store: SqlStore,
  documents: DocumentStore,
  schema: Schema,
  exported: string,
): void {
  const { catalog } = documents;
  if (catalog.readMeta(ACTIVE_SCHEMA) === exported) {
    return;
  }
  try {
    store.transaction(() => {
      for (const tableName of schema.tables.keys()) {
        if (catalog.byName(tableName) === undefined) {
          catalog.createTable(tableName, catalog.nextTableNumber());
        }
      }
      checkDocuments(documents, schema);
      syncIndexes(documents, schema);
      catalog.writeMeta(ACTIVE_SCHEMA, exported);
    });
  } catch (error) {
    catalog.reload();
    throw error;
  }
}

function checkDocuments(documents: DocumentStore, schema: Schema): void {
  for (const table of userTables(documents)) {
    for (const document of documents.everyDocument(table)) {
      const mismatch = findMismatch(schema, table.name, document.value, documents.catalog);
      if (mismatch !== null) {
        throw new EngineError(
          "SchemaMismatch",
          `Document with ID "${document.value._id}" in table "${table.name}" does not match the schema: ${mismatch.message}`,
        );
      }
    }
  }
}

function syncIndexes(documents: DocumentStore, schema: Schema): void {
  const { catalog } = documents;
  for (const { name: tableName } of userTables(documents)) {
    const wanted = schema.tables.get(tableName)?.indexes ?? [];
    for (const index of catalog.byName(tableName)?.indexes.values() ?? []) {
      const kept = wanted.some(
        ({ name, fields }) => name === index.name && fields.join() === index.fields.join(),
      );
      const table = catalog.byName(tableName);
      if (!kept && !isBuiltIn(index) && table !== undefined) {
        catalog.dropIndex(table, index);
      }
    }
    for (const { name, fields } of wanted) {
      const table = catalog.byName(tableName);
      if (table !== undefined && !table.indexes.has(name)) {
        catalog.createIndex(table, name, fields, (extended, index) =>
          documents.backfillIndex(extended, index),
        );
      }
    }
  }
}

function userTables({ catalog }: DocumentStore): TableDefinition[] {
  return [...catalog.tables()].filter(({ name }) => !isSystemTable(name));
}
