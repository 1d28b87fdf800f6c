import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";

export class ProcessGone extends Error {}

/** A store that its process loses: from one commit on nothing reaches it any more, as after `kill -9`. */
export interface MortalStore {
  store: SqlStore;
  /** Rejects when the process is gone: what it had begun comes to no end. */
  death: Promise<never>;
}

/** @param diesAtCommit this one and all later commits fail, and so does everything else from then on */
export function mortalStore(store: SqlStore, diesAtCommit: number): MortalStore {
  const { batch } = store;
  if (batch === undefined) {
    throw new Error("this store has no batches");
  }
  let commits = 0;
  let isDead = false;
  const { promise: death, reject: die } = Promise.withResolvers<never>();
  death.catch(() => undefined);
  const alive = (): void => {
    if (isDead) {
      throw new ProcessGone();
    }
  };
  const whileAlive =
    <Args extends unknown[], Result>(run: (...args: Args) => Result) =>
    (...args: Args): Result => {
      alive();
      return run(...args);
    };
  return {
    death,
    store: {
      prepare: whileAlive((sql) => store.prepare(sql)),
      exec: whileAlive((sql) => store.exec(sql)),
      transaction: (run) => {
        alive();
        return store.transaction(run);
      },
      close: () => undefined,
      batch: {
        begin: whileAlive(() => batch.begin()),
        // What was begun is gone with the process.
        rollback: () => batch.rollback(),
        commit: () => {
          alive();
          commits++;
          if (commits >= diesAtCommit) {
            isDead = true;
            die(new ProcessGone());
            throw new ProcessGone();
          }
          batch.commit();
        },
      },
    },
  };
}
