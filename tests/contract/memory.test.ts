import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { runContract } from "./runContract.ts";
import { engineInProcess } from "./runners/engineInProcess.ts";

runContract("memory", (outside) => {
  // Memory outlives the engine, not the process.
  const kept = openMemoryStore();
  const store: SqlStore = {
    prepare: (sql) => kept.prepare(sql),
    exec: (sql) => kept.exec(sql),
    transaction: (run) => kept.transaction(run),
    batch: kept.batch,
    close: () => undefined,
  };
  return engineInProcess(outside, () => store);
});
