import { MAX_REMEMBERED_CHARACTERS, SCAN_CHUNK_ROWS_FIRST } from "../limits.ts";
import { compareBytes, fieldAt, idKey, indexKey } from "./indexKey.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import type { IndexDefinition, TableCatalog, TableDefinition } from "./TableCatalog.ts";
import { TableStatements } from "./TableStatements.ts";

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
  readonly #statements = new WeakMap<TableDefinition, TableStatements>();
  /** Committed documents that were read or written lately, by id: a patch mostly follows a read. */
  readonly #recent = new Map<string, StoredDocument>();
  #recentCharacters = 0;

  constructor(store: SqlStore, catalog: TableCatalog) {
    this.#store = store;
    this.catalog = catalog;
  }

  get(table: TableDefinition, id: string): StoredDocument | null {
    const recent = this.#recent.get(id);
    if (recent !== undefined) {
      return recent;
    }
    const [row] = this.#of(table).get.all(idKey(id));
    if (row === undefined) {
      return null;
    }
    const document = StoredDocument.fromJson(row[0] as string);
    this.#remember(id, document);
    return document;
  }

  /** Forgets what was written in an SQL transaction that has been rolled back. */
  reload(): void {
    this.#recent.clear();
    this.#recentCharacters = 0;
    this.catalog.reload();
  }

  /**
   * At most `limit` rows of the range, in key order, or in reverse.
   *
   * @param limit one of a few values: each is a statement of its own
   */
  scan(
    table: TableDefinition,
    index: IndexDefinition,
    range: KeyRange,
    order: "asc" | "desc",
    limit: number,
  ): IndexRow[] {
    const rows = this.#of(table).scan(index, order, limit).all(range.lower, range.upper);
    const found = rows.map(([key, json]) => ({
      key: key as Uint8Array,
      document: StoredDocument.fromJson(json as string),
    }));
    if (found.length <= SCAN_CHUNK_ROWS_FIRST) {
      // Longer scans would only push out what single look-ups need.
      for (const { document } of found) {
        this.#remember(document.value._id, document);
      }
    }
    return found;
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
   *   back, {@link reload} is due.
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

  /** To be called at once when it was read or written, or an older version would hide a newer one. */
  #remember(id: string, document: StoredDocument): void {
    if (this.#recentCharacters > MAX_REMEMBERED_CHARACTERS) {
      this.#recent.clear();
      this.#recentCharacters = 0;
    }
    this.#recent.set(id, document);
    this.#recentCharacters += document.json.length;
  }

  #applyOne({ id, tableNumber, before, after }: DocumentWrite): void {
    const table = this.catalog.byNumber(tableNumber);
    if (table === undefined) {
      throw new Error(`table ${tableNumber} vanished between the write and its commit`);
    }
    if (after === null) {
      this.#recent.delete(id);
      if (before !== null) {
        this.#of(table).delete.run(idKey(id));
      }
    } else if (before === null) {
      this.#insert(table, after);
    } else {
      this.#remember(id, after);
      this.#update(table, id, before, after);
    }
  }

  #insert(table: TableDefinition, document: StoredDocument): void {
    const parameters: SqlValue[] = [];
    for (const index of table.indexes.values()) {
      parameters.push(indexKey(index, document.value));
    }
    this.#of(table).insert.run(...parameters, document.json);
  }

  /** Names only the columns whose key changed: SQLite then leaves the other indexes alone. */
  #update(table: TableDefinition, id: string, before: StoredDocument, after: StoredDocument): void {
    const changed: IndexDefinition[] = [];
    const parameters: SqlValue[] = [];
    for (const index of table.indexes.values()) {
      if (hasSameFields(index, before, after)) {
        continue;
      }
      const key = indexKey(index, after.value);
      if (compareBytes(key, indexKey(index, before.value)) !== 0) {
        changed.push(index);
        parameters.push(key);
      }
    }
    this.#of(table)
      .update(changed)
      .run(...parameters, after.json, idKey(id));
  }

  #of(table: TableDefinition): TableStatements {
    let statements = this.#statements.get(table);
    if (statements === undefined) {
      statements = new TableStatements(this.#store, table);
      this.#statements.set(table, statements);
    }
    return statements;
  }
}

/** Sees at a glance, before keys are made, that none differs; false when in doubt. */
function hasSameFields(
  { fields }: IndexDefinition,
  before: StoredDocument,
  after: StoredDocument,
): boolean {
  return fields.every((path) => Object.is(fieldAt(before.value, path), fieldAt(after.value, path)));
}
