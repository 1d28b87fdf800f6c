import { findSchema, type Schema } from "../schema/schema.ts";
import { activateSchema } from "./activateSchema.ts";
import { DocumentStore } from "./DocumentStore.ts";
import type { SqlStore } from "./SqlStore.ts";
import { createSystemTables } from "./systemTables.ts";
import { TableCatalog } from "./TableCatalog.ts";

/**
 * Opens a store, new or not, for a deployment with this schema: afterwards the system tables are there
 * and the schema is active.
 *
 * @param schemaExport what `schema.js` exports by default, `undefined` without one
 * @throws SchemaError for a schema that is wrong in itself, EngineError SchemaMismatch when stored
 *   documents do not fit it, StoreError
 */
export function openDocuments(
  store: SqlStore,
  schemaExport: unknown,
): { documents: DocumentStore; schema: Schema } {
  const documents = new DocumentStore(store, new TableCatalog(store));
  const { schema, exported } = findSchema(schemaExport);
  createSystemTables(store, documents);
  activateSchema(store, documents, schema, exported);
  return { documents, schema };
}
