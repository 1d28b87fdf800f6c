import { relative, resolve } from "node:path";
import {
  type SqlStatement,
  type SqlStore,
  type SqlValue,
  StoreError,
} from "../../src/engine/storage/SqlStore.ts";
import type { NodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";

/**
 * What may happen to a call of the store.
 *
 * - `refuses`: it fails and does nothing, as SQLite does when the file is busy.
 * - `refusesTwice`: and so does the roll-back after it.
 * - `loses`: it fails, and SQLite gives up the open transaction, as after an I/O error.
 * - `tears`: it does its work and fails then, and the open transaction is lost: half of it was written. What
 *   ends a transaction loses it instead: whether that is stored is never in doubt while its process lives.
 * - `fills`: the disk is full: it and every write after it fails, until {@link FaultySqlStore.makeRoom}.
 * - `stalls`: it takes {@link STALL_MS} and succeeds.
 * - `dies`: the process is gone before it; nothing reaches the store any more.
 * - `diesAfter`: it does its work, and the process is gone before anybody hears of it.
 */
export const FAILURES = [
  "refuses",
  "refusesTwice",
  "loses",
  "tears",
  "fills",
  "stalls",
  "dies",
  "diesAfter",
] as const;
export type Failure = (typeof FAILURES)[number];

/** Longer than all database calls of a function together may take. */
export const STALL_MS = 20_000;

/** The process that had the store is gone: whatever it had begun comes to no end. */
export class ProcessGoneError extends Error {
  override readonly name = "ProcessGoneError";
}

const ROOT = resolve(import.meta.dirname, "../..");
const ENGINE = `${ROOT}/src/engine/`;

/** A store on which one chosen call goes wrong. It keeps account of all of them by the line that made them. */
export class FaultySqlStore implements SqlStore {
  /** Number of the calls so far, by the place in the source that made them. */
  readonly calls = new Map<string, number>();
  /** Whether the chosen call was made. */
  hasFailed = false;
  isGone = false;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  readonly batch?: NonNullable<SqlStore["batch"]>;
  readonly #store: NodeSqliteStore;
  readonly #chosen: ChosenCall | null;
  #isFull = false;
  #refusesRollback = false;
  #inBatch = false;
  #tellGone: () => void;
  #depth = 0;

  /**
   * @param store outlives this one: `close` leaves it open
   * @param hasBatches false as on a host that coalesces writes by itself
   */
  constructor(store: NodeSqliteStore, chosen: ChosenCall | null, hasBatches = true) {
    this.#store = store;
    this.#chosen = chosen;
    const { promise, resolve: tellGone } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#tellGone = tellGone;
    if (hasBatches) {
      this.batch = this.#batchesOf(store.batch);
    }
  }

  prepare(sql: string): SqlStatement {
    const statement = this.#call(false, () => this.#store.prepare(sql));
    return {
      run: (...parameters: SqlValue[]) => this.#call(true, () => statement.run(...parameters)),
      all: (...parameters: SqlValue[]) => this.#call(false, () => statement.all(...parameters)),
    };
  }

  exec(sql: string): void {
    this.#call(true, () => this.#store.exec(sql));
  }

  transaction<T>(run: () => T): T {
    return this.#call(
      true,
      () =>
        this.#store.transaction(() => {
          this.#depth++;
          try {
            return run();
          } finally {
            this.#depth--;
          }
        }),
      "ends",
    );
  }

  close(): void {
    this.makeRoom();
  }

  makeRoom(): void {
    this.#isFull = false;
  }

  #batchesOf(batch: NonNullable<SqlStore["batch"]>): NonNullable<SqlStore["batch"]> {
    return {
      begin: () => {
        this.#call(true, () => batch.begin());
        this.#inBatch = true;
      },
      commit: () => {
        this.#call(true, () => batch.commit(), "ends");
        this.#inBatch = false;
      },
      rollback: () => {
        // What was begun is gone with the process.
        if (this.#refusesRollback && !this.isGone) {
          this.#refusesRollback = false;
          throw new StoreError("disk I/O error");
        }
        batch.rollback();
        this.#inBatch = false;
      },
    };
  }

  #call<T>(writes: boolean, run: () => T, ends: "ends" | null = null): T {
    if (this.isGone) {
      throw new ProcessGoneError();
    }
    const site = siteOfCaller();
    const number = (this.calls.get(site) ?? 0) + 1;
    this.calls.set(site, number);
    const { failure, onStall } =
      this.#chosen !== null && site === this.#chosen.site && number === this.#chosen.number
        ? this.#chosen
        : { failure: null, onStall: () => undefined };
    this.hasFailed ||= failure !== null;
    this.#isFull ||= failure === "fills";
    if (this.#isFull && (writes || failure !== null)) {
      throw new StoreError("database or disk is full");
    }
    switch (failure) {
      case "refuses":
        throw new StoreError("database is locked");
      case "refusesTwice":
        this.#refusesRollback = true;
        throw new StoreError("disk I/O error");
      case "loses":
        return this.#lose();
      case "tears":
        if (ends === null) {
          run();
        }
        return this.#lose();
      case "stalls":
        onStall();
        return run();
      case "dies":
        return this.#die();
      case "diesAfter":
        run();
        return this.#die();
      default:
        return run();
    }
  }

  /** SQLite ends the transaction behind the adapter's back, as it does by itself. */
  #lose(): never {
    if (this.#inBatch || this.#depth > 0) {
      try {
        this.#store.exec("ROLLBACK");
      } catch {
        // The savepoint around it is gone with the transaction: the adapter has noticed.
      }
    }
    throw new StoreError("disk I/O error");
  }

  #die(): never {
    this.isGone = true;
    this.#tellGone();
    throw new ProcessGoneError();
  }
}

/** Which call goes wrong, how, and what passes the time when it stalls. */
export interface ChosenCall {
  readonly site: string;
  /** Of the calls from there, beginning with 1. */
  readonly number: number;
  readonly failure: Failure;
  onStall(): void;
}

/** `src/engine/…:line` that called the store. */
function siteOfCaller(): string {
  const { stack = "" } = new Error();
  const frame = stack.split("\n").find((line) => line.includes(ENGINE));
  const [, file = "unknown", line = "0"] =
    /\(?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?$/.exec(frame ?? "") ?? [];
  return `${relative(ROOT, file)}:${line}`;
}
