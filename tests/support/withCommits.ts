import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";

/** The store, but `beforeCommit` runs before each commit of a batch; if it throws, nothing is stored. */
export function withCommits(store: SqlStore, beforeCommit: () => void): SqlStore {
  const { batch } = store;
  if (batch === undefined) {
    throw new Error("this store has no batches");
  }
  return {
    prepare: (sql) => store.prepare(sql),
    exec: (sql) => store.exec(sql),
    transaction: (run) => store.transaction(run),
    close: () => store.close(),
    batch: {
      begin: () => batch.begin(),
      rollback: () => batch.rollback(),
      commit: () => {
        beforeCommit();
        batch.commit();
      },
    },
  };
}
