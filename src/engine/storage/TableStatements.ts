import type { SqlStatement, SqlStore } from "./SqlStore.ts";
import type { IndexDefinition, TableDefinition } from "./TableCatalog.ts";

/** The columns that make a document, as DocumentStore reads them. */
export const DOCUMENT = "place, name, json";

/**
 * The statements of one table as it is defined now. They are kept here, and not asked for by their text
 * each time, because making and looking up the text costs as much as a short statement.
 */
export class TableStatements {
  readonly #store: SqlStore;
  readonly #table: TableDefinition;
  readonly #scans = new Map<IndexDefinition, Record<"asc" | "desc", Map<number, SqlStatement>>>();
  /** The place, or the key in `by_id` where it is kept → rows as of {@link scan}. */
  readonly get: SqlStatement;
  /** The place, `name`, `json`, then the keys of all kept indexes in their order. */
  readonly insert: SqlStatement;
  /** By place. */
  readonly delete: SqlStatement;
  readonly #updateJson: SqlStatement;

  constructor(store: SqlStore, table: TableDefinition) {
    this.#store = store;
    this.#table = table;
    const { sqlName, indexes } = table;
    const kept = [...indexes.values()].flatMap(({ column }) => (column === null ? [] : [column]));
    const marks = ", ?".repeat(kept.length);
    const idColumn = indexes.get("by_id")?.column ?? "place";
    this.get = store.prepare(`SELECT ${DOCUMENT} FROM ${sqlName} WHERE ${idColumn} = ?`);
    this.insert = store.prepare(
      `INSERT INTO ${sqlName} (${[DOCUMENT, ...kept].join(", ")}) VALUES (?, ?, ?${marks})`,
    );
    this.delete = store.prepare(`DELETE FROM ${sqlName} WHERE place = ?`);
    this.#updateJson = store.prepare(`UPDATE ${sqlName} SET json = ? WHERE place = ?`);
  }

  /** The keys of the changed indexes, then `json`, then the place. */
  update(changed: readonly IndexDefinition[]): SqlStatement {
    if (changed.length === 0) {
      return this.#updateJson;
    }
    const assignments = changed.map(({ column }) => `${column} = ?`);
    return this.#store.prepare(
      `UPDATE ${this.#table.sqlName} SET ${assignments.join(", ")}, json = ? WHERE place = ?`,
    );
  }

  /**
   * Lower and upper key, or place where no key is kept → `place`, `name`, `json` and that.
   *
   * @param limit part of the statement: with a bound one a look-up of one row was measured to take more
   *   than twice as long
   */
  scan(index: IndexDefinition, order: "asc" | "desc", limit: number): SqlStatement {
    let scans = this.#scans.get(index);
    if (scans === undefined) {
      scans = { asc: new Map(), desc: new Map() };
      this.#scans.set(index, scans);
    }
    let statement = scans[order].get(limit);
    if (statement === undefined) {
      const column = index.column ?? "place";
      statement = this.#store.prepare(
        `SELECT ${DOCUMENT}, ${column} FROM ${this.#table.sqlName} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${column} ${order} LIMIT ${limit}`,
      );
      scans[order].set(limit, statement);
    }
    return statement;
  }
}
