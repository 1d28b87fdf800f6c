import { MAX_REMEMBERED_CHARACTERS, SCAN_CHUNK_ROWS_FIRST } from "../limits.ts";
import { compareBytes, fieldAt, idKey, indexKey } from "./indexKey.ts";
import {
  creationTimeOf,
  idOf,
  nameOf,
  placeOf,
  placeOfId,
  placesIn,
  tellsItsPlace,
} from "./place.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import {
  type IndexDefinition,
  keepsIds,
  type TableCatalog,
  type TableDefinition,
} from "./TableCatalog.ts";
import { DOCUMENT, TableStatements } from "./TableStatements.ts";

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
    const [row] = this.#of(table).get.all(keepsIds(table) ? idKey(id) : placeOfId(id));
    if (row === undefined) {
      return null;
    }
    const document = this.#document(table, row);
    if (document.id !== id) {
      return null;
    }
    this.#remember(document);
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
    const found =
      index.column === null
        ? this.#scanPlaces(table, index, range, order, limit)
        : this.#scanKeys(table, index, range, order, limit);
    if (found.length <= SCAN_CHUNK_ROWS_FIRST) {
      // Longer scans would only push out what single look-ups need.
      for (const { document } of found) {
        this.#remember(document);
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
      const [row] = this.#store.prepare(`SELECT max(place) FROM ${table.sqlName}`).all();
      const place = row?.[0] ?? null;
      last = place === null ? last : Math.max(last, creationTimeOf(place as number));
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
      `UPDATE ${table.sqlName} SET ${index.column} = ? WHERE place = ?`,
    );
    for (const { value, creationTime } of this.everyDocument(table)) {
      update.run(indexKey(index, value), placeOf(creationTime));
    }
  }

  /** Every document of a table, in order of creation, a bounded number in memory at a time. */
  *everyDocument(table: TableDefinition): Generator<StoredDocument> {
    const chunkRows = 256;
    const page = this.#store.prepare(
      `SELECT ${DOCUMENT} FROM ${table.sqlName} WHERE place > ? ORDER BY place LIMIT ?`,
    );
    let after: SqlValue = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = page.all(after, chunkRows);
      for (const row of rows) {
        after = row[0] as number;
        yield this.#document(table, row);
      }
      if (rows.length < chunkRows) {
        return;
      }
    }
  }

  #scanKeys(
    table: TableDefinition,
    index: IndexDefinition,
    { lower, upper }: KeyRange,
    order: "asc" | "desc",
    limit: number,
  ): IndexRow[] {
    const rows = this.#of(table).scan(index, order, limit).all(lower, upper);
    return rows.map((row) => ({ key: row[3] as Uint8Array, document: this.#document(table, row) }));
  }

  #scanPlaces(
    table: TableDefinition,
    index: IndexDefinition,
    range: KeyRange,
    order: "asc" | "desc",
    limit: number,
  ): IndexRow[] {
    const { first, end, strays } = placesIn(table, index, range);
    const statement = this.#of(table).scan(index, order, limit + strays);
    const found: IndexRow[] = [];
    for (const row of statement.all(first, end)) {
      const document = this.#document(table, row);
      const key = indexKey(index, document.value);
      const isInside = compareBytes(key, range.lower) >= 0 && compareBytes(key, range.upper) < 0;
      if (isInside && found.length < limit) {
        found.push({ key, document });
      }
    }
    return found;
  }

  /** What a row says, whose first columns are {@link DOCUMENT}; as it is at hand, if it is. */
  #document(table: TableDefinition, [place, name, json]: SqlValue[]): StoredDocument {
    const id = idOf(table, place as number, name as string);
    return (
      this.#recent.get(id) ??
      StoredDocument.fromStored(id, creationTimeOf(place as number), json as string)
    );
  }

  /** To be called at once when it was read or written, or an older version would hide a newer one. */
  #remember(document: StoredDocument): void {
    if (this.#recent.get(document.id) === document) {
      return;
    }
    if (this.#recentCharacters > MAX_REMEMBERED_CHARACTERS) {
      this.#recent.clear();
      this.#recentCharacters = 0;
    }
    this.#recent.set(document.id, document);
    this.#recentCharacters += document.fieldsJson.length;
  }

  #applyOne({ id, tableNumber, before, after }: DocumentWrite): void {
    const table = this.catalog.byNumber(tableNumber);
    if (table === undefined) {
      throw new Error(`table ${tableNumber} vanished between the write and its commit`);
    }
    if (after === null) {
      this.#recent.delete(id);
      if (before !== null) {
        this.#of(table).delete.run(placeOf(before.creationTime));
      }
    } else if (before === null) {
      this.#insert(table, after);
    } else {
      this.#remember(after);
      this.#update(table, before, after);
    }
  }

  #insert(known: TableDefinition, { id, creationTime, fieldsJson, value }: StoredDocument): void {
    const place = placeOf(creationTime);
    const name = nameOf(known, id, place);
    const table = keepsIds(known) || tellsItsPlace(name) ? known : this.#keepIds(known);
    const parameters: SqlValue[] = [place, name, fieldsJson];
    for (const index of table.indexes.values()) {
      if (index.column !== null) {
        parameters.push(indexKey(index, value));
      }
    }
    this.#of(table).insert.run(...parameters);
  }

  /** For ids that were made elsewhere: from here on the table has an index of them. */
  #keepIds(table: TableDefinition): TableDefinition {
    return this.catalog.createIndex(table, "by_id", ["_id"], (extended, index) =>
      this.backfillIndex(extended, index),
    );
  }

  /** Names only the columns whose key changed: SQLite then leaves the other indexes alone. */
  #update(table: TableDefinition, before: StoredDocument, after: StoredDocument): void {
    const changed: IndexDefinition[] = [];
    const parameters: SqlValue[] = [];
    for (const index of table.indexes.values()) {
      if (index.column === null || hasSameFields(index, before, after)) {
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
      .run(...parameters, after.fieldsJson, placeOf(after.creationTime));
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
