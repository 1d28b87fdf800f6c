/** What SQLite stores and gives back. Integers come back as `number`, BLOBs as `Uint8Array`. */
export type SqlValue = null | number | string | Uint8Array;

/** One prepared statement; parameters are positional (`?`). */
export interface SqlStatement {
  run(...parameters: SqlValue[]): void;
  /** All rows, each an array in column order. */
  all(...parameters: SqlValue[]): SqlValue[][];
}

/**
 * The engine's only way to disk: a synchronous SQLite connection that nobody else writes to.
 *
 * Contract for adapters:
 * - `transaction(run)` is all or nothing: if `run` throws, nothing it wrote stays and the error passes
 *   through. `run` must be synchronous. Inside an open batch it nests (a savepoint).
 * - Without a batch, a returned `transaction` is durable, or the host holds back every answer to the
 *   outside until it is (a Durable Object's output gate).
 * - Any failure of the store itself (disk full, I/O error, locked, closed) is thrown as
 *   {@link StoreError}. Inside a batch it may cost the whole batch: calls then fail until it ends.
 */
export interface SqlStore {
  /** Statements are prepared once and reused for as long as the store is open. */
  prepare(sql: string): SqlStatement;
  /** Runs one or more statements without parameters, all or none of them: for table definitions. */
  exec(sql: string): void;
  transaction<T>(run: () => T): T;
  /**
   * Group commit: transactions between `begin` and `commit` share one disk sync. Absent where the host
   * coalesces writes by itself. After a failed `commit` nothing of the batch is stored.
   */
  batch?: {
    begin(): void;
    commit(): void;
    /** Forgets the whole batch; harmless when the store already rolled back by itself. */
    rollback(): void;
  };
  close(): void;
}

/** The store could not read or write: disk full, I/O error, lost lock. Nothing was half written. */
export class StoreError extends Error {
  readonly code = "StoreUnavailable";
  override readonly name = "StoreError";
}
