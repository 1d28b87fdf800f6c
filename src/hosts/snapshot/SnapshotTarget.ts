import type { Value } from "convex/values";
import { findMismatch, type Schema } from "../../engine/schema/schema.ts";
import type { DocumentStore, DocumentWrite } from "../../engine/storage/DocumentStore.ts";
import { openDocuments } from "../../engine/storage/openDocuments.ts";
import { hasPlace } from "../../engine/storage/place.ts";
import type { SqlStore } from "../../engine/storage/SqlStore.ts";
import { type DocumentValue, StoredDocument } from "../../engine/storage/StoredDocument.ts";
import { FIRST_USER_TABLE_NUMBER, TableCatalog } from "../../engine/storage/TableCatalog.ts";
import { tableNumberOfId } from "../../engine/values/documentId.ts";
import { SnapshotError } from "./SnapshotError.ts";
import { type Moved, withoutJobs } from "./withoutJobs.ts";

/** A table of a snapshot. */
export interface SnapshotTable {
  readonly name: string;
  /** Which ids of its documents carry; null when the snapshot does not tell. */
  readonly number: number | null;
}

/** A document of a snapshot, and where it stands there. */
export interface SnapshotDocument {
  readonly value: Value;
  readonly line: number;
}

/** An empty store that takes the documents of a snapshot: ids and creation times stay. */
export class SnapshotTarget {
  readonly #store: SqlStore;
  readonly #documents: DocumentStore;
  readonly #schema: Schema;
  readonly #moved: Moved;

  /**
   * @param schemaExport what `schema.ts` exports by default
   * @throws SnapshotError `archive_invalid` for a table without a number of its own; StoreError
   */
  constructor(store: SqlStore, schemaExport: unknown, tables: readonly SnapshotTable[]) {
    this.#store = store;
    createTables(store, tables);
    const { documents, schema } = openDocuments(store, schemaExport);
    this.#documents = documents;
    this.#schema = schema;
    this.#moved = withoutJobs(schema);
  }

  /**
   * Writes documents of one table, all or none of them.
   *
   * @returns how many; those that say nothing in another place are left out
   * @throws SnapshotError `archive_invalid`, StoreError
   */
  write(tableName: string, documents: readonly SnapshotDocument[]): number {
    const writes = documents.flatMap((each) => this.#read(tableName, each) ?? []);
    try {
      this.#store.transaction(() => this.#documents.apply(writes, new Map()));
    } catch (error) {
      if (/UNIQUE constraint/.test((error as Error).message)) {
        throw invalid(`two documents of ${tableName} have the same id or place`);
      }
      throw error;
    }
    return writes.length;
  }

  /** @returns null for a document that does not move */
  #read(tableName: string, { value, line }: SnapshotDocument): DocumentWrite | null {
    const where = `line ${line} of ${tableName}`;
    const table = this.#documents.catalog.byName(tableName);
    const { _id, _creationTime } = (value ?? {}) as Partial<DocumentValue>;
    if (table === undefined || typeof _id !== "string" || tableNumberOfId(_id) !== table.number) {
      throw invalid(`${where} has no _id of this table`);
    }
    if (typeof _creationTime !== "number" || !hasPlace(_creationTime)) {
      throw invalid(`${where} has no _creationTime of Convex's kind`);
    }
    const document = this.#moved(tableName, value as DocumentValue);
    if (document === null) {
      return null;
    }
    const mismatch = findMismatch(this.#schema, tableName, document, this.#documents.catalog);
    if (mismatch !== null) {
      throw invalid(`${where} does not match the schema: ${mismatch.message}`);
    }
    return { id: _id, tableNumber: table.number, before: null, after: storedAs(document, where) };
  }
}

/** Before the schema makes those that are missing: ids carry the numbers that tables had. */
function createTables(store: SqlStore, tables: readonly SnapshotTable[]): void {
  const catalog = new TableCatalog(store);
  store.transaction(() => {
    for (const { name, number } of tables) {
      const isTaken = number !== null && catalog.byNumber(number) !== undefined;
      if (number === null || number < FIRST_USER_TABLE_NUMBER || number > 2 ** 32 - 1 || isTaken) {
        throw invalid(`the table ${name} has no number of its own`);
      }
      catalog.createTable(name, number);
    }
  });
}

function storedAs(document: DocumentValue, where: string): StoredDocument {
  try {
    return StoredDocument.fromValue(document);
  } catch (error) {
    throw invalid(`${where} is no document: ${(error as Error).message}`);
  }
}

function invalid(what: string): SnapshotError {
  return new SnapshotError("archive_invalid", `the archive cannot be taken: ${what}`);
}
