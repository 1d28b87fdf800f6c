import type { WatchdogData } from "./watchdog.ts";

/**
 * The thread that watches, see {@link startWatchdog}: looks for a beat every `lookEveryMs`, and ends the process
 * when none came for `maxLooks` looks. It runs as the text of this function, so it sees nothing of this module.
 */
export function watchBeats(load: NodeJS.Require): void {
  const { writeSync } = load("node:fs") as typeof import("node:fs");
  const { workerData } = load("node:worker_threads") as typeof import("node:worker_threads");
  const { beats, lookEveryMs, maxLooks, lastLine } = workerData as WatchdogData;
  const count = new Int32Array(beats);
  const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  // Not by a stream: a thread's output goes through the one that stands still.
  const standardOutput = 1;
  let seen = Atomics.load(count, 0);
  let looks = 0;
  while (looks < maxLooks) {
    Atomics.wait(nobody, 0, 0, lookEveryMs);
    const now = Atomics.load(count, 0);
    looks = now === seen ? looks + 1 : 0;
    seen = now;
  }
  try {
    writeSync(standardOutput, lastLine);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}
