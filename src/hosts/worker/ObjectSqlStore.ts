import {
  type SqlStatement,
  type SqlStore,
  type SqlValue,
  StoreError,
} from "../../engine/storage/SqlStore.ts";

/**
 * {@link SqlStore} on the SQLite database of a Durable Object.
 *
 * There is no batch: the object's output gate holds every answer back until what was written before it
 * is durable. A statement that SQLite refuses is refused when it first runs, not when it is prepared.
 */
export class ObjectSqlStore implements SqlStore {
  readonly #storage: ObjectStorage;
  #isClosed = false;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  prepare(sql: string): SqlStatement {
    this.#attempt(() => undefined);
    return {
      run: (...parameters) => {
        this.#attempt(() => this.#storage.sql.exec(sql, ...parameters));
      },
      all: (...parameters) =>
        this.#attempt(() =>
          this.#storage.sql
            .exec(sql, ...parameters)
            .raw()
            .toArray(),
        ).map((row) => row.map(toSqlValue)),
    };
  }

  exec(sql: string): void {
    this.transaction(() => this.#attempt(() => this.#storage.sql.exec(sql)));
  }

  transaction<T>(run: () => T): T {
    let thrown = null as { error: unknown } | null;
    const guarded = (): T => {
      try {
        const result = run();
        refusePromise(result);
        return result;
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    return this.#attempt(
      () => this.#storage.transactionSync(guarded),
      // What the callback threw passes through as it is.
      (error) => thrown !== null && thrown.error === error,
    );
  }

  close(): void {
    this.#isClosed = true;
  }

  /** @param isOwn whether an error is the caller's own and no failure of the store */
  #attempt<T>(operation: () => T, isOwn: (error: unknown) => boolean = () => false): T {
    if (this.#isClosed) {
      throw new StoreError("the store is closed");
    }
    try {
      return operation();
    } catch (error) {
      if (error instanceof StoreError || isOwn(error)) {
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreError(reason, { cause: error });
    }
  }
}

function toSqlValue(value: null | number | string | ArrayBuffer): SqlValue {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

function refusePromise(result: unknown): void {
  const then = (result as { then?: unknown } | null | undefined)?.then;
  if (typeof then === "function") {
    throw new TypeError("transaction(run): run must be synchronous, but it returned a promise");
  }
}
