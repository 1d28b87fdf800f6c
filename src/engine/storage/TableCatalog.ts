import { type SqlStore, StoreError } from "./SqlStore.ts";

/** User tables are numbered from here, as in Convex: that is what makes their ids 32 characters long. */
export const FIRST_USER_TABLE_NUMBER = 10_001;

const FORMAT_KEY = "storage_format";
/** What rows and keys look like. A database of another format is refused, not guessed at. */
const STORAGE_FORMAT = "4";

/** An index as it is kept. */
export interface IndexDefinition {
  name: string;
  /** Field paths without the `_creationTime` that ends every key. */
  fields: readonly string[];
  /** The BLOB column with every document's sort key; null when the order of the rows is the index. */
  column: string | null;
}

export interface TableDefinition {
  number: number;
  name: string;
  sqlName: string;
  /** By name; `by_id` and `by_creation_time` first. */
  indexes: ReadonlyMap<string, IndexDefinition>;
}

const BY_ID: IndexDefinition = { name: "by_id", fields: ["_id"], column: null };
const BY_CREATION_TIME: IndexDefinition = { name: "by_creation_time", fields: [], column: null };

/**
 * Which tables and indexes exist, in memory and on disk. Numbers are for ever: ids carry them.
 *
 * Changes are written at once and belong to the caller's SQL transaction; after that transaction was
 * rolled back, call {@link reload}.
 */
export class TableCatalog {
  readonly #store: SqlStore;
  #byName = new Map<string, TableDefinition>();
  #byNumber = new Map<number, TableDefinition>();

  /** @throws StoreError for a database whose {@link STORAGE_FORMAT} is another */
  constructor(store: SqlStore) {
    this.#store = store;
    store.exec(`
      CREATE TABLE IF NOT EXISTS convex_tables (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE IF NOT EXISTS convex_indexes (
        number INTEGER PRIMARY KEY, table_number INTEGER NOT NULL, name TEXT NOT NULL,
        fields TEXT NOT NULL, UNIQUE (table_number, name)) STRICT;
      CREATE TABLE IF NOT EXISTS convex_meta (
        key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    `);
    this.reload();
    this.#settleFormat();
  }

  tables(): IterableIterator<TableDefinition> {
    return this.#byName.values();
  }

  byName(name: string): TableDefinition | undefined {
    return this.#byName.get(name);
  }

  byNumber(number: number): TableDefinition | undefined {
    return this.#byNumber.get(number);
  }

  numberOf(tableName: string): number | null {
    return this.#byName.get(tableName)?.number ?? null;
  }

  nameOf(tableNumber: number): string | null {
    return this.#byNumber.get(tableNumber)?.name ?? null;
  }

  /** The number that the next new table gets; a transaction may use it before the table is created. */
  nextTableNumber(): number {
    return Math.max(FIRST_USER_TABLE_NUMBER - 1, ...this.#byNumber.keys()) + 1;
  }

  createTable(name: string, number: number): TableDefinition {
    const { sqlName } = uncreatedTable(name, number);
    this.#store.prepare("INSERT INTO convex_tables (number, name) VALUES (?, ?)").run(number, name);
    this.#store.exec(
      `CREATE TABLE ${sqlName} (place INTEGER PRIMARY KEY, name TEXT NOT NULL, json TEXT NOT NULL) STRICT`,
    );
    const table = uncreatedTable(name, number);
    this.#add(table);
    return table;
  }

  /**
   * Adds an index whose keys `backfill` must write before the next read through it. `by_id` becomes one
   * when a document comes whose id does not tell its place.
   */
  createIndex(
    table: TableDefinition,
    name: string,
    fields: readonly string[],
    backfill: (table: TableDefinition, index: IndexDefinition) => void,
  ): TableDefinition {
    const [[lastNumber] = [0]] = this.#store
      .prepare("SELECT coalesce(max(number), 0) FROM convex_indexes")
      .all();
    const number = Number(lastNumber) + 1;
    const index = { name, fields, column: `index_${number}` };
    this.#store
      .prepare(
        "INSERT INTO convex_indexes (number, table_number, name, fields) VALUES (?, ?, ?, ?)",
      )
      .run(number, table.number, name, JSON.stringify(fields));
    this.#store.exec(`ALTER TABLE ${table.sqlName} ADD COLUMN ${index.column} BLOB`);
    const extended = { ...table, indexes: new Map(table.indexes).set(name, index) };
    this.#add(extended);
    backfill(extended, index);
    this.#store.exec(
      `CREATE UNIQUE INDEX ${table.sqlName}_${index.column} ON ${table.sqlName} (${index.column})`,
    );
    return extended;
  }

  dropIndex(table: TableDefinition, index: IndexDefinition): void {
    this.#store
      .prepare("DELETE FROM convex_indexes WHERE table_number = ? AND name = ?")
      .run(table.number, index.name);
    this.#store.exec(`DROP INDEX ${table.sqlName}_${index.column}`);
    this.#store.exec(`ALTER TABLE ${table.sqlName} DROP COLUMN ${index.column}`);
    const indexes = new Map(table.indexes);
    indexes.delete(index.name);
    this.#add({ ...table, indexes });
  }

  readMeta(key: string): string | null {
    const [row] = this.#store.prepare("SELECT value FROM convex_meta WHERE key = ?").all(key);
    return row === undefined ? null : String(row[0]);
  }

  writeMeta(key: string, value: string): void {
    this.#store
      .prepare(
        "INSERT INTO convex_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      )
      .run(key, value);
  }

  /** Forgets what memory says and reads the catalog from disk. */
  reload(): void {
    const indexRows = this.#store
      .prepare("SELECT number, table_number, name, fields FROM convex_indexes ORDER BY number")
      .all();
    const tableRows = this.#store
      .prepare("SELECT number, name FROM convex_tables ORDER BY number")
      .all();
    this.#byName = new Map();
    this.#byNumber = new Map();
    for (const [number, name] of tableRows) {
      const indexes = builtInIndexes();
      for (const [indexNumber, tableNumber, indexName, fields] of indexRows) {
        if (tableNumber === number) {
          indexes.set(String(indexName), {
            name: String(indexName),
            fields: JSON.parse(String(fields)) as string[],
            column: `index_${indexNumber}`,
          });
        }
      }
      this.#add({
        number: Number(number),
        name: String(name),
        sqlName: `documents_${number}`,
        indexes,
      });
    }
  }

  #settleFormat(): void {
    const format = this.readMeta(FORMAT_KEY) ?? (this.#byName.size === 0 ? null : "1");
    if (format === null) {
      this.writeMeta(FORMAT_KEY, STORAGE_FORMAT);
    } else if (format !== STORAGE_FORMAT) {
      throw new StoreError(
        `the database has storage format ${format}, but this version reads format ${STORAGE_FORMAT}`,
      );
    }
  }

  #add(table: TableDefinition): void {
    this.#byName.set(table.name, table);
    this.#byNumber.set(table.number, table);
  }
}

/** Every table has it, whatever its schema says. */
export function isBuiltIn({ name }: IndexDefinition): boolean {
  return name === BY_ID.name || name === BY_CREATION_TIME.name;
}

/** Whether the table has an index of ids, because not all of them tell their place. */
export function keepsIds({ indexes }: TableDefinition): boolean {
  return indexes.get(BY_ID.name)?.column !== null;
}

/** What a table will be, before anything is stored: no index of its own. */
export function uncreatedTable(name: string, number: number): TableDefinition {
  return { number, name, sqlName: `documents_${number}`, indexes: builtInIndexes() };
}

function builtInIndexes(): Map<string, IndexDefinition> {
  return new Map([
    [BY_ID.name, BY_ID],
    [BY_CREATION_TIME.name, BY_CREATION_TIME],
  ]);
}
