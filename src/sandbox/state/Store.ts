import { SANDBOX_LIMITS } from "../limits.ts";
import type { Storage } from "../ports.ts";
import { invalidRequest } from "../StripeError.ts";
import { TABLE_NAMES, type TableName, type Tables } from "./tables.ts";

interface Row {
  sequence: number;
  value: { readonly id: string };
}

/**
 * Every object of the sandbox in memory, in order of creation, with transactions that reach the storage
 * whole or not at all. Objects are never changed in place: a change puts a new one.
 */
export class Store {
  readonly #storage: Storage;
  readonly #tables = new Map<TableName, Map<string, Row>>(
    TABLE_NAMES.map((name) => [name, new Map()]),
  );
  #lastSequence = 0;
  /** What the open transaction changed: the row as it was before, or null when there was none. */
  #undo: Map<string, { table: TableName; id: string; row: Row | null }> | null = null;
  /** The end of the last transaction; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads everything back. @throws Error `sandbox_state_unreadable` when a row is not the sandbox's. */
  async load(): Promise<void> {
    const rows = [...(await this.#storage.load())].map(([key, text]) => readRow(key, text));
    rows.sort((a, b) => a.row.sequence - b.row.sequence);
    for (const { table, row } of rows) {
      this.#rows(table).set(row.value.id, row);
      this.#lastSequence = row.sequence;
    }
  }

  /**
   * Runs `body` as one transaction, after those that came before, and resolves when its changes are
   * stored. When it throws, or storing fails, everything is undone.
   */
  transact<T>(body: () => T): Promise<T> {
    const run = this.#last.then(async () => {
      this.#undo = new Map();
      try {
        const value = body();
        await this.#commit();
        return value;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Whether a transaction is open: what is read now may still be undone. */
  get isChanging(): boolean {
    return this.#undo !== null;
  }

  get<Name extends TableName>(table: Name, id: string): Tables[Name] | undefined {
    return this.#rows(table).get(id)?.value as Tables[Name] | undefined;
  }

  /** Oldest first. */
  all<Name extends TableName>(table: Name): Tables[Name][] {
    return Array.from(this.#rows(table).values(), (row) => row.value as Tables[Name]);
  }

  count(table: TableName): number {
    return this.#rows(table).size;
  }

  /** @throws StripeError when the table is full */
  insert<Name extends TableName>(table: Name, value: Tables[Name]): void {
    const rows = this.#rows(table);
    if (rows.size >= SANDBOX_LIMITS.objectsPerTable) {
      throw invalidRequest(
        `The sandbox holds ${rows.size} ${table} and takes no more. Start it with an empty data directory.`,
        { code: "sandbox_full" },
      );
    }
    this.#lastSequence += 1;
    this.#put(table, value.id, { sequence: this.#lastSequence, value });
  }

  /** Puts `value` in the place of the object with its id. */
  replace<Name extends TableName>(table: Name, value: Tables[Name]): void {
    const row = this.#rows(table).get(value.id);
    if (row === undefined) {
      throw new Error(`there is no ${value.id} in ${table}`);
    }
    this.#put(table, value.id, { sequence: row.sequence, value });
  }

  remove(table: TableName, id: string): void {
    this.#put(table, id, null);
  }

  #rows(table: TableName): Map<string, Row> {
    const rows = this.#tables.get(table);
    if (rows === undefined) {
      throw new Error(`there is no table ${table}`);
    }
    return rows;
  }

  #put(table: TableName, id: string, row: Row | null): void {
    if (this.#undo === null) {
      throw new Error("writes belong into a transaction");
    }
    const rows = this.#rows(table);
    const key = `${table}/${id}`;
    if (!this.#undo.has(key)) {
      this.#undo.set(key, { table, id, row: rows.get(id) ?? null });
    }
    if (row === null) {
      rows.delete(id);
    } else {
      rows.set(id, row);
    }
  }

  async #commit(): Promise<void> {
    const changes = new Map<string, string | null>();
    for (const [key, { table, id }] of this.#undo ?? []) {
      const row = this.#rows(table).get(id);
      changes.set(key, row === undefined ? null : JSON.stringify(row));
    }
    if (changes.size > 0) {
      await this.#storage.save(changes);
    }
    this.#undo = null;
  }

  #rollBack(): void {
    const touched = new Set<TableName>();
    for (const { table, id, row } of this.#undo?.values() ?? []) {
      if (row === null) {
        this.#rows(table).delete(id);
      } else {
        this.#rows(table).set(id, row);
        touched.add(table);
      }
    }
    // A row that was removed came back at the end.
    for (const table of touched) {
      const rows = [...this.#rows(table)].sort(([, a], [, b]) => a.sequence - b.sequence);
      this.#tables.set(table, new Map(rows));
    }
    this.#undo = null;
  }
}

function readRow(key: string, text: string): { table: TableName; row: Row } {
  const table = TABLE_NAMES.find((name) => key.startsWith(`${name}/`));
  const row = JSON.parse(text) as Row;
  if (
    table === undefined ||
    typeof row.sequence !== "number" ||
    typeof row.value?.id !== "string"
  ) {
    throw new Error(`sandbox_state_unreadable: the row ${key} is not the sandbox's`);
  }
  return { table, row };
}
