import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import { DATABASE_FILE } from "../src/hosts/node/gateway.ts";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { GatewayInProcess } from "./gateway/GatewayInProcess.ts";
import { openGatewayInProcess } from "./gateway/openGatewayInProcess.ts";
import { startServer } from "./throughput/startServer.ts";

/**
 * What an event and a start cost as the ledger grows: npm run bench:ledger-size [-- --events N]
 *
 * Takes in N events (1,000,000; 6 GB, a quarter of an hour), 64 at a time, and tells the processor time of an event
 * for each tenth of them; then how long a gateway takes to start on that ledger and on an empty one, in turns.
 */
const { values } = parseArgs({ options: { events: { type: "string", default: "1000000" } } });
const events = Number(values.events);
const STEPS = 10;
const STARTS = 5;
const MAIN = join(import.meta.dirname, "../src/hosts/node.ts");

const grown = mkdtempSync(join(tmpdir(), "bench-ledger-"));
const empty = mkdtempSync(join(tmpdir(), "bench-ledger-"));
try {
  await grow();
  const { size } = statSync(join(grown, DATABASE_FILE));
  process.stdout.write(`\n${Math.round(size / events).toLocaleString("en")} bytes an event\n\n`);
  for (let start = 1; start <= STARTS; start++) {
    const [ofGrown, ofEmpty] = [await startMs(grown), await startMs(empty)];
    process.stdout.write(`start ${start}: ${ofGrown} ms, on an empty ledger ${ofEmpty} ms\n`);
  }
} finally {
  rmSync(grown, { recursive: true });
  rmSync(empty, { recursive: true });
}

async function grow(): Promise<void> {
  const store = openNodeSqliteStore({ path: join(grown, DATABASE_FILE) });
  const gateway = await openGatewayInProcess(store);
  const progress = new Progress(new Output(process, false), "events taken in");
  let step = { done: 0, cpu: process.threadCpuUsage() };
  await gateway.takeIn(events, (done, total) => {
    progress.update(done, total);
    if (done - step.done < total / STEPS && done < total) {
      return;
    }
    const { user, system } = process.threadCpuUsage(step.cpu);
    const cost = Math.round((user + system) / (done - step.done));
    process.stdout.write(`up to event ${done.toLocaleString("en")}: ${cost} µs each\n`);
    step = { done, cpu: process.threadCpuUsage() };
  });
  progress.stop();
  store.close();
}

async function startMs(directory: string): Promise<number> {
  const begunMs = performance.now();
  const server = await startServer(MAIN, {
    TOLLGATE_DATA: directory,
    TOLLGATE_SANDBOX: "off",
    STRIPE_WEBHOOK_SECRET: GatewayInProcess.secret,
  });
  const tookMs = Math.round(performance.now() - begunMs);
  await server.stop();
  return tookMs;
}
