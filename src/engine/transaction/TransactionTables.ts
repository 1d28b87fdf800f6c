import { EngineError } from "../errors.ts";
import { MAX_TABLES } from "../limits.ts";
import type { TableNumbers } from "../schema/validator.ts";
import { isSystemTable } from "../storage/systemTables.ts";
import { FIRST_USER_TABLE_NUMBER, type TableCatalog } from "../storage/TableCatalog.ts";
import { decodeDocumentId } from "../values/documentId.ts";

/** An operation as the text of a refused id names it: `db.get`, `db.system.get`. */
export type IdOperation = "get" | "system.get" | "patch" | "replace" | "delete";

/**
 * The tables that a transaction sees, by name and by number: those of the catalog and those it has made
 * itself. Tells which table an id belongs to, and refuses ids with the texts of Convex's backend.
 */
export class TransactionTables implements TableNumbers {
  readonly #catalog: TableCatalog;
  readonly #newTables: Map<string, number>;
  readonly #onMissing: (tableName: string) => void;

  /**
   * @param newTables numbers of the tables that the commit will create, by name; {@link create} adds to it
   * @param onMissing told when the answer of `numberOf` was that there is no such table
   */
  constructor(
    catalog: TableCatalog,
    newTables: Map<string, number>,
    onMissing: (tableName: string) => void,
  ) {
    this.#catalog = catalog;
    this.#newTables = newTables;
    this.#onMissing = onMissing;
  }

  numberOf(tableName: string): number | null {
    const number = this.#find(tableName);
    if (number === null) {
      this.#onMissing(tableName);
    }
    return number;
  }

  nameOf(tableNumber: number): string | null {
    const committed = this.#catalog.nameOf(tableNumber);
    if (committed !== null) {
      return committed;
    }
    for (const [name, number] of this.#newTables) {
      if (number === tableNumber) {
        return name;
      }
    }
    return null;
  }

  /**
   * Of a user table, which may not exist: then it is the number that {@link create} will give it.
   *
   * @throws EngineError InvalidTableName, SystemIdentityRequired, TooManyTables
   */
  numberForInsert(tableName: string): number {
    assertUserTable("insert", tableName);
    const number = this.#find(tableName);
    if (number !== null) {
      return number;
    }
    if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(tableName)) {
      throw new EngineError("InvalidTableName", `Invalid table name: "${tableName}"`);
    }
    const next = this.#catalog.nextTableNumber() + this.#newTables.size;
    if (next >= FIRST_USER_TABLE_NUMBER + MAX_TABLES) {
      throw new EngineError("TooManyTables", `A deployment has at most ${MAX_TABLES} tables.`);
    }
    return next;
  }

  /** Makes a table unless it is there. Belongs to the transaction like everything it writes. */
  create(tableName: string, number: number): void {
    if (this.#find(tableName) === null) {
      this.#newTables.set(tableName, number);
    }
  }

  /**
   * Of the table that an id belongs to, which may not exist.
   *
   * @param table when given, an id of another table is refused
   * @throws EngineError InvalidArgument
   */
  numberOfId(operation: IdOperation, id: string, table: string | undefined): number {
    const decoded = decodeDocumentId(id);
    if (!decoded.ok) {
      throw new EngineError(
        "InvalidArgument",
        `Invalid argument \`id\` for \`db.${operation}\`: ${decoded.message}`,
      );
    }
    const actual = this.nameOf(decoded.tableNumber);
    if (table !== undefined && actual !== null && actual !== table) {
      throw new EngineError(
        "InvalidArgument",
        `Invalid argument \`id\` for \`db.${operation}\`: expected to be an Id<"${table}">, got Id<"${actual}"> instead.`,
      );
    }
    return decoded.tableNumber;
  }

  /** The user table that an id belongs to. @throws as {@link numberOfId}; TableNotFound, SystemIdentityRequired */
  ofIdForWrite(
    operation: IdOperation,
    id: string,
    table: string | undefined,
  ): { name: string; number: number } {
    const number = this.numberOfId(operation, id, table);
    const name = this.nameOf(number);
    if (name === null) {
      throw new EngineError("TableNotFound", `Table for ID "${id}" not found`);
    }
    assertUserTable(operation, name);
    return { name, number };
  }

  #find(tableName: string): number | null {
    return this.#catalog.numberOf(tableName) ?? this.#newTables.get(tableName) ?? null;
  }
}

function assertUserTable(operation: string, tableName: string): void {
  if (isSystemTable(tableName)) {
    throw new EngineError("SystemIdentityRequired", `Operation ${operation} not permitted`);
  }
}
