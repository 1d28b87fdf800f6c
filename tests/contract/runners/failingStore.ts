import { type SqlStore, StoreError } from "../../../src/engine/storage/SqlStore.ts";

/** A store that fails on demand: at each statement, or at the end of each transaction. */
export interface FailingStore extends SqlStore {
  fail(what: "" | "store" | "commit"): void;
}

export function failingStore(store: SqlStore): FailingStore {
  const { batch } = store;
  let fault = "";
  const failIf = (what: string): void => {
    if (fault === what) {
      throw new StoreError("disk I/O error");
    }
  };
  return {
    prepare: (sql) => {
      const statement = store.prepare(sql);
      return {
        run: (...parameters) => {
          failIf("store");
          statement.run(...parameters);
        },
        all: (...parameters) => {
          failIf("store");
          return statement.all(...parameters);
        },
      };
    },
    exec: (sql) => {
      failIf("store");
      store.exec(sql);
    },
    transaction: (run) =>
      store.transaction(() => {
        const result = run();
        failIf("commit");
        return result;
      }),
    ...(batch && {
      batch: {
        begin: () => batch.begin(),
        commit: () => {
          if (fault === "commit") {
            batch.rollback();
          }
          failIf("commit");
          batch.commit();
        },
        rollback: () => batch.rollback(),
      },
    }),
    close: () => store.close(),
    fail: (what) => {
      fault = what;
    },
  };
}
