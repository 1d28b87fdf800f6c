import { accessSync, closeSync, constants, openSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import {
  type SqlStatement,
  type SqlStore,
  type SqlValue,
  StoreError,
} from "../../engine/storage/SqlStore.ts";

/** How long an opening waits for another process to let go of the file, a restart's overlap. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * New files only. Throughput is the same at 4, 8 and 16 KiB with group commit; small pages read and write
 * less where keys are scattered: for a lone commit, and for a look-up in a table too large for the cache.
 */
const PAGE_SIZE_BYTES = 4_096;

/** Recently used pages kept in memory; filled only by what is read. */
const CACHE_KIB = 16 * 1_024;

/** 8 MiB of log before its pages are copied home, which the commit that fills it waits for. */
const CHECKPOINT_PAGES = 2_048;

/** A large transaction leaves a log file no longer than this. */
const LOG_FILE_BYTES = 32 * 1_024 * 1_024;

/** Pages (1 MiB) that are copied at once, while a commit waits. */
const COPIED_PAGES = 256;

const SQLITE_BUSY = 5;

/** {@link SqlStore} on `node:sqlite`, with group commit. */
export interface NodeSqliteStore extends SqlStore {
  readonly batch: NonNullable<SqlStore["batch"]>;
  /**
   * Copies everything that is committed by the end of it into a new file, while others go on writing.
   *
   * @throws StoreError; an unfinished file may be there then
   */
  copyTo(path: string): Promise<void>;
  /** Which file this is and which SQLite reads it, for one line of the log. */
  describe(): string;
}

/** `store_in_use`: another process has the file open. Nothing was read or written. */
export class StoreInUseError extends Error {
  readonly code = "store_in_use";
  override readonly name = "StoreInUseError";
}

/**
 * Opens the SQLite file at `path`, or makes it readable by its owner alone.
 *
 * Guarantees beyond the contract of {@link SqlStore}: this process is the file's only user until
 * `close` or its end, however it ends (the lock is the operating system's); a commit is on disk before
 * it returns; a process killed at any moment leaves every committed batch and no part of another.
 * `close` leaves one file, without a log beside it.
 *
 * Not guaranteed: anything on a network file system, or when this process opens the same file by other
 * means (on POSIX, closing such a handle drops the lock).
 *
 * @throws StoreInUseError `store_in_use`, within a second or so
 * @throws StoreError when the file cannot be opened or is no database
 */
export function openNodeSqliteStore({ path }: { path: string }): NodeSqliteStore {
  return new DatabaseStore(openFile(path), path);
}

/** A store that lives as long as its process, for tests and trials; durable it is not. */
export function openMemoryStore(): NodeSqliteStore {
  return new DatabaseStore(new DatabaseSync(":memory:", { returnArrays: true }), "memory");
}

function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    makePrivateFile(path);
    // SQLite would only say "disk I/O error".
    accessSync(path, constants.R_OK | constants.W_OK);
    database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS, returnArrays: true });
    configure(database);
    return database;
  } catch (error) {
    database?.close();
    throw openingError(path, error);
  }
}

/** SQLite would make the file readable by all; its log takes over the file's mode. */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // An existing file is never opened here: closing it would drop a lock this process has on it.
    if (codeOf(error) !== "EEXIST") {
      throw error;
    }
  }
}

/**
 * The order matters: page size and locking mode count only before the first use of the log, which takes
 * the lock. `fullfsync` makes macOS write its disk's cache, too. No memory mapping: there an I/O error
 * would be a signal that ends the process, not an error.
 */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA page_size = ${PAGE_SIZE_BYTES};
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${LOG_FILE_BYTES};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA mmap_size = 0;
    PRAGMA temp_store = MEMORY;
  `);
}

function openingError(path: string, error: unknown): Error {
  if (isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY) {
    return new StoreInUseError(
      `another Tollgate is using ${path}: stop it, or give this one a data directory of its own`,
      { cause: error },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError(`cannot open ${path}: ${reason}`, { cause: error });
}

class DatabaseStore implements NodeSqliteStore {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #statements = new Map<string, SqlStatement>();
  #batchOpen = false;
  /** How many `transaction` calls are running, each inside the one before. */
  #depth = 0;
  /** SQLite gave up the open transaction by itself; whoever opened it does not know yet. */
  #lost = false;

  readonly batch = {
    begin: () => this.#beginBatch(),
    commit: () => this.#commitBatch(),
    rollback: () => this.#rollbackBatch(),
  };

  constructor(database: DatabaseSync, name: string) {
    this.#database = database;
    this.#name = name;
  }

  async copyTo(path: string): Promise<void> {
    makePrivateFile(path);
    try {
      await backup(this.#database, path, { rate: COPIED_PAGES });
    } catch (error) {
      throw new StoreError(`cannot copy to ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  describe(): string {
    return `${this.#name} (SQLite ${process.versions["sqlite"]})`;
  }

  prepare(sql: string): SqlStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const native = this.#attempt(() => this.#database.prepare(sql));
    const statement: SqlStatement = {
      run: (...parameters) => {
        this.#attempt(() => native.run(...parameters));
      },
      // `returnArrays` and `readBigInts` are set for the connection: rows are arrays without bigints.
      all: (...parameters) =>
        this.#attempt(() => native.all(...parameters)) as unknown as SqlValue[][],
    };
    this.#statements.set(sql, statement);
    return statement;
  }

  /** All of the statements or none. */
  exec(sql: string): void {
    this.transaction(() => this.#execute(sql));
  }

  transaction<T>(run: () => T): T {
    const nested = this.#batchOpen || this.#depth > 0;
    this.#execute(nested ? "SAVEPOINT tollgate" : "BEGIN IMMEDIATE");
    this.#depth += 1;
    try {
      const result = run();
      refusePromise(result);
      this.#execute(nested ? "RELEASE tollgate" : "COMMIT");
      return result;
    } catch (error) {
      this.#undo(nested ? "ROLLBACK TO tollgate; RELEASE tollgate" : "ROLLBACK");
      throw error;
    } finally {
      this.#depth -= 1;
      if (!nested) {
        this.#lost = false;
      }
    }
  }

  close(): void {
    if (this.#database.isOpen) {
      this.#rollbackBatch();
      this.#database.close();
    }
  }

  #beginBatch(): void {
    this.#refuse(this.#batchOpen, "a batch is open already");
    this.#refuse(this.#depth > 0, "a batch cannot begin inside a transaction");
    this.#execute("BEGIN IMMEDIATE");
    this.#batchOpen = true;
  }

  #commitBatch(): void {
    this.#refuse(!this.#batchOpen, "no batch is open");
    this.#refuse(this.#depth > 0, "a batch cannot end inside a transaction");
    try {
      this.#execute("COMMIT");
      this.#batchOpen = false;
    } finally {
      this.#rollbackBatch();
    }
  }

  #rollbackBatch(): void {
    this.#refuse(this.#depth > 0, "a batch cannot end inside a transaction");
    if (this.#batchOpen) {
      this.#undo("ROLLBACK");
      this.#batchOpen = false;
      this.#lost = false;
    }
  }

  #undo(sql: string): void {
    if (this.#database.isTransaction) {
      this.#execute(sql);
    }
  }

  #execute(sql: string): void {
    this.#attempt(() => this.#database.exec(sql));
  }

  /** Every call into SQLite goes through here. */
  #attempt<T>(operation: () => T): T {
    if (this.#lost) {
      // Without this, what follows would be committed statement by statement.
      throw new StoreError("the transaction was rolled back by an earlier failure of the store");
    }
    try {
      return operation();
    } catch (error) {
      if (!this.#database.isOpen) {
        throw new StoreError("the store is closed", { cause: error });
      }
      // A full disk or an I/O error ends the whole transaction, savepoints and batch included.
      this.#lost = (this.#batchOpen || this.#depth > 0) && !this.#database.isTransaction;
      throw isSqliteError(error) ? new StoreError(error.message, { cause: error }) : error;
    }
  }

  #refuse(condition: boolean, message: string): void {
    if (condition) {
      throw new Error(message);
    }
  }
}

function refusePromise(result: unknown): void {
  const then = (result as { then?: unknown } | null | undefined)?.then;
  if (typeof then === "function") {
    throw new TypeError("transaction(run): run must be synchronous, but it returned a promise");
  }
}

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return codeOf(error) === "ERR_SQLITE_ERROR";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
