import type { Storage } from "../../../sandbox/ports.ts";
import type { NodeSqliteStore } from "../nodeSqliteStore.ts";

/** Keeps the sandbox's rows in one table of a SQLite file: each save is all or nothing, and on disk. */
export function sandboxStorage(store: NodeSqliteStore): Storage {
  store.exec(
    "CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
  );
  const all = store.prepare("SELECT key, text FROM rows");
  const put = store.prepare("INSERT OR REPLACE INTO rows (key, text) VALUES (?, ?)");
  const remove = store.prepare("DELETE FROM rows WHERE key = ?");
  return {
    load: async () => all.all().map(([key, text]) => [String(key), String(text)] as const),
    save: async (rows) =>
      store.transaction(() => {
        for (const [key, text] of rows) {
          if (text === null) {
            remove.run(key);
          } else {
            put.run(key, text);
          }
        }
      }),
  };
}
