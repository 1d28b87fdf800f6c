import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { createLineLog } from "./lineLog.ts";
import type { WatchdogData } from "./watchdog.ts";

// The thread that watches: see watchdog.ts. It writes by itself, as the output of a thread goes through
// the one that stands still.
const { beats, lookEveryMs, maxLooks } = workerData as WatchdogData;
const count = new Int32Array(beats);
const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const STANDARD_OUTPUT = 1;
const log = createLineLog((line) => void writeSync(STANDARD_OUTPUT, line));

let seen = Atomics.load(count, 0);
let looks = 0;
while (looks < maxLooks) {
  Atomics.wait(nobody, 0, 0, lookEveryMs);
  const now = Atomics.load(count, 0);
  looks = now === seen ? looks + 1 : 0;
  seen = now;
}
try {
  log.error("event_loop_stuck", { forMs: Math.round(lookEveryMs * maxLooks) });
} finally {
  process.kill(process.pid, "SIGKILL");
}
