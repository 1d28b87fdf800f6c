import { compareBytes, idKey, indexKey } from "./indexKey.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import type { IndexDefinition, TableCatalog, TableDefinition } from "./TableCatalog.ts";

/** A stretch of an index: keys from `lower` (inclusive) to `upper` (exclusive). */
export interface KeyRange {
  lower: Uint8Array;
  upper: Uint8Array;
}

export interface IndexRow {
  key: Uint8Array;
  document: StoredDocument;
}

/** The change of one document by one transaction; `null` means absent. */
export interface DocumentWrite {
  id: string;
  tableNumber: number;
  before: StoredDocument | null;
  after: StoredDocument | null;
}

/** Committed documents: point reads, index scans, and the one place that writes them. */
export class DocumentStore {
  readonly catalog: TableCatalog;
  readonly #store: SqlStore;

  constructor(store: SqlStore, catalog: TableCatalog) {
    this.#store = store;
    this.catalog = catalog;
  }

  get(table: TableDefinition, id: string): StoredDocument | null {
    const [row] = this.#store
      .prepare(`SELECT json FROM ${table.sqlName} WHERE by_id = ?`)
      .all(idKey(id));
    return row === undefined ? null : StoredDocument.fromJson(row[0] as string);
  }

  /** At most `limit` rows of the range, in key order, or in reverse. */
  scan(
    table: TableDefinition,
    index: IndexDefinition,
    range: KeyRange,
    order: "asc" | "desc",
    limit: number,
  ): IndexRow[] {
    const { column } = index;
    const rows = this.#store
      .prepare(
        `SELECT ${column}, json FROM ${table.sqlName} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${column} ${order} LIMIT ?`,
      )
      .all(range.lower, range.upper, limit);
    return rows.map(([key, json]) => ({
      key: key as Uint8Array,
      document: StoredDocument.fromJson(json as string),
    }));
  }

  count(table: TableDefinition): number {
    const [row] = this.#store.prepare(`SELECT count(*) FROM ${table.sqlName}`).all();
    return Number(row?.[0]);
  }

  /** The greatest `_creationTime` of all tables, 0 when there is no document. */
  lastCreationTime(): number {
    let last = 0;
    for (const table of this.catalog.tables()) {
      const [row] = this.#store
        .prepare(`SELECT json FROM ${table.sqlName} ORDER BY by_creation_time DESC LIMIT 1`)
        .all();
      if (row !== undefined) {
        last = Math.max(last, StoredDocument.fromJson(row[0] as string).value._creationTime);
      }
    }
    return last;
  }

  /**
   * Writes one transaction's changes. They belong to the caller's SQL transaction or batch.
   *
   * @throws StoreError when the store fails; after that, and once the caller's SQL transaction is rolled
   *   back, {@link TableCatalog.reload} is due.
   */
  apply(writes: Iterable<DocumentWrite>, newTables: ReadonlyMap<string, number>): void {
    for (const [name, number] of newTables) {
      this.catalog.createTable(name, number);
    }
    for (const write of writes) {
      this.#applyOne(write);
    }
  }

  /** Writes the keys of a new index for every document there is. */
  backfillIndex(table: TableDefinition, index: IndexDefinition): void {
    const update = this.#store.prepare(
      `UPDATE ${table.sqlName} SET ${index.column} = ? WHERE by_id = ?`,
    );
    for (const document of this.everyDocument(table)) {
      update.run(indexKey(index, document.value), idKey(document.value._id));
    }
  }

  /** Every document of a table, in id order, a bounded number in memory at a time. */
  *everyDocument(table: TableDefinition): Generator<StoredDocument> {
    const chunkRows = 256;
    const page = this.#store.prepare(
      `SELECT by_id, json FROM ${table.sqlName} WHERE by_id > ? ORDER BY by_id LIMIT ?`,
    );
    let after: SqlValue = new Uint8Array();
    for (;;) {
      const rows = page.all(after, chunkRows);
      for (const [id, json] of rows) {
        after = id as Uint8Array;
        yield StoredDocument.fromJson(json as string);
      }
      if (rows.length < chunkRows) {
        return;
      }
    }
  }

  #applyOne({ id, tableNumber, before, after }: DocumentWrite): void {
    const table = this.catalog.byNumber(tableNumber);
    if (table === undefined) {
      throw new Error(`table ${tableNumber} vanished between the write and its commit`);
    }
    if (after === null) {
      if (before !== null) {
        this.#store.prepare(`DELETE FROM ${table.sqlName} WHERE by_id = ?`).run(idKey(id));
      }
    } else if (before === null) {
      this.#insert(table, after);
    } else {
      this.#update(table, id, before, after);
    }
  }

  #insert(table: TableDefinition, document: StoredDocument): void {
    const columns: string[] = [];
    const parameters: SqlValue[] = [];
    for (const index of table.indexes.values()) {
      columns.push(index.column);
      parameters.push(indexKey(index, document.value));
    }
    const marks = "?, ".repeat(columns.length);
    this.#store
      .prepare(`INSERT INTO ${table.sqlName} (${columns.join(", ")}, json) VALUES (${marks}?)`)
      .run(...parameters, document.json);
  }

  /** Names only the columns whose key changed: SQLite then leaves the other indexes alone. */
  #update(table: TableDefinition, id: string, before: StoredDocument, after: StoredDocument): void {
    const assignments: string[] = [];
    const parameters: SqlValue[] = [];
    for (const index of table.indexes.values()) {
      const key = indexKey(index, after.value);
      if (compareBytes(key, indexKey(index, before.value)) !== 0) {
        assignments.push(`${index.column} = ?`);
        parameters.push(key);
      }
    }
    this.#store
      .prepare(
        `UPDATE ${table.sqlName} SET ${[...assignments, "json = ?"].join(", ")} WHERE by_id = ?`,
      )
      .run(...parameters, after.json, idKey(id));
  }
}
