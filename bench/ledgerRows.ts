import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { alternate, report } from "./engine/alternate.ts";
import type { GatewayInProcess } from "./gateway/GatewayInProcess.ts";
import { layers, layLedger } from "./gateway/layLedger.ts";
import { openGatewayInProcess } from "./gateway/openGatewayInProcess.ts";

/**
 * What an event costs beside a ledger of 10,000 rows and beside one of N: npm run bench:ledger-rows [-- --rows N]
 *
 * Lays N rows (10,000,000; 15 GiB, three quarters of an hour) as they are once their bodies are no longer kept, then takes in
 * events about 1,000 subscriptions on both ledgers in turns, 64 at a time, through routes and functions.
 */
const { values } = parseArgs({ options: { rows: { type: "string", default: "10000000" } } });
const FEW_ROWS = 10_000;
const SUBSCRIPTIONS = 1_000;
const EVENTS_A_ROUND = 4_000;
const ROUNDS = 5;

const directory = mkdtempSync(join(tmpdir(), "bench-ledger-rows-"));
try {
  const few = await laid(FEW_ROWS);
  const many = await laid(Number(values.rows));
  const measured = await alternate([few, many], ROUNDS);
  report("an event", measured);
} finally {
  rmSync(directory, { recursive: true });
}

async function laid(rows: number) {
  const path = join(directory, `${rows}.sqlite`);
  const gateway: GatewayInProcess = await openGatewayInProcess(
    openNodeSqliteStore({ path }),
    layers,
  );
  const progress = new Progress(new Output(process, false), "rows laid");
  await layLedger(gateway, rows, (done, total) => progress.update(done, total));
  progress.stop();
  const gigabytes = (statSync(path).size / 2 ** 30).toFixed(1);
  return {
    name: `beside ${rows.toLocaleString("en")} rows (${gigabytes} GiB)`,
    count: EVENTS_A_ROUND,
    run: () => gateway.takeInNext(EVENTS_A_ROUND, SUBSCRIPTIONS),
  };
}
