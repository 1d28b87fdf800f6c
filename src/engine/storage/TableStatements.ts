import type { SqlStatement, SqlStore } from "./SqlStore.ts";
import type { IndexDefinition, TableDefinition } from "./TableCatalog.ts";

/**
 * The statements of one table as it is defined now. They are kept here, and not asked for by their text
 * each time, because making and looking up the text costs as much as a short statement.
 */
export class TableStatements {
  readonly #store: SqlStore;
  readonly #table: TableDefinition;
  readonly #scans = new Map<IndexDefinition, Record<"asc" | "desc", Map<number, SqlStatement>>>();
  /** `by_id` → `json`. */
  readonly get: SqlStatement;
  /** The keys of all indexes in their order, then `json`. */
  readonly insert: SqlStatement;
  /** By `by_id`. */
  readonly delete: SqlStatement;
  readonly #updateJson: SqlStatement;

  constructor(store: SqlStore, table: TableDefinition) {
    this.#store = store;
    this.#table = table;
    const { sqlName } = table;
    const columns = [...table.indexes.values()].map(({ column }) => column);
    const marks = "?, ".repeat(columns.length);
    this.get = store.prepare(`SELECT json FROM ${sqlName} WHERE by_id = ?`);
    this.insert = store.prepare(
      `INSERT INTO ${sqlName} (${columns.join(", ")}, json) VALUES (${marks}?)`,
    );
    this.delete = store.prepare(`DELETE FROM ${sqlName} WHERE by_id = ?`);
    this.#updateJson = store.prepare(`UPDATE ${sqlName} SET json = ? WHERE by_id = ?`);
  }

  /** The keys of the changed indexes, then `json`, then `by_id`. */
  update(changed: readonly IndexDefinition[]): SqlStatement {
    if (changed.length === 0) {
      return this.#updateJson;
    }
    const assignments = changed.map(({ column }) => `${column} = ?`);
    return this.#store.prepare(
      `UPDATE ${this.#table.sqlName} SET ${assignments.join(", ")}, json = ? WHERE by_id = ?`,
    );
  }

  /**
   * Lower and upper key → rows of key and `json`.
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
      const { column } = index;
      statement = this.#store.prepare(
        `SELECT ${column}, json FROM ${this.#table.sqlName} WHERE ${column} >= ? AND ${column} < ? ORDER BY ${column} ${order} LIMIT ${limit}`,
      );
      scans[order].set(limit, statement);
    }
    return statement;
  }
}
