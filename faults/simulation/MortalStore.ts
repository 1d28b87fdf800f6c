import { type SqlStore, StoreError } from "../../src/engine/storage/SqlStore.ts";
import type { NodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";

/** What happens to a commit. */
export type CommitFate = "stored" | "refused" | "dies" | "diesAfter";

/** A store whose commits fail as it is told, and which its process may lose. */
export class MortalStore implements SqlStore {
  isGone = false;
  readonly batch: NonNullable<SqlStore["batch"]>;
  readonly #store: NodeSqliteStore;

  constructor(store: NodeSqliteStore, fate: () => CommitFate) {
    this.#store = store;
    this.batch = {
      begin: () => {
        this.#live();
        store.batch.begin();
      },
      commit: () => {
        this.#live();
        switch (fate()) {
          case "refused":
            throw new StoreError("disk I/O error");
          case "dies":
            this.#die();
            break;
          case "diesAfter":
            store.batch.commit();
            this.#die();
            break;
          default:
            store.batch.commit();
        }
      },
      rollback: () => {
        if (!this.isGone) {
          store.batch.rollback();
        }
      },
    };
  }

  prepare(sql: string) {
    const statement = this.#store.prepare(sql);
    return {
      run: (...parameters: Parameters<typeof statement.run>) => {
        this.#live();
        statement.run(...parameters);
      },
      all: (...parameters: Parameters<typeof statement.all>) => {
        this.#live();
        return statement.all(...parameters);
      },
    };
  }

  exec(sql: string): void {
    this.#live();
    this.#store.exec(sql);
  }

  transaction<T>(run: () => T): T {
    this.#live();
    return this.#store.transaction(run);
  }

  close(): void {
    this.isGone = true;
  }

  #live(): void {
    if (this.isGone) {
      throw new StoreError("the process is gone");
    }
  }

  #die(): never {
    this.#store.batch.rollback();
    this.isGone = true;
    throw new StoreError("the process is gone");
  }
}
