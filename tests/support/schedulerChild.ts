/**
 * A child process for tests of crashes: runs scheduled functions on a database file until it is killed.
 * Arguments: the database file, the file to which actions append their effects, how many chains to begin
 * the first time, and their length. Prints `started`, and `idle` whenever nothing is due.
 */
import { appendFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { crashFunctions } from "./crashFunctions.ts";
import { openTestEngine } from "./testEngine.ts";

const [databaseFile = "", effectsFile = "", chains = "0", length = "0"] = process.argv.slice(2);

const outside = { append: (effect: string) => appendFileSync(effectsFile, `${effect}\n`) };
const { engine, call } = openTestEngine(
  { chains: crashFunctions(outside) },
  openNodeSqliteStore({ path: databaseFile }),
);
await engine.start();
await call("chains:begin", { chains: Number(chains), length: Number(length) });
writeSync(1, "started\n");
for (;;) {
  if ((await engine.scheduler.nextDueMs()) === null) {
    await engine.scheduler.finishInProgress();
    writeSync(1, "idle\n");
  }
  await delay(10);
}
