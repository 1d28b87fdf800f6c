import { url as inspectorUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import { watchBeats } from "./watchBeats.ts";

/** How long the event loop may stand still before the process is ended. */
export const MAX_STANDSTILL_MS = 30_000;

/** How many looks the watching thread takes in that time. */
const LOOKS = 10;

/** What the watching thread is started with. */
export interface WatchdogData {
  /** One number that the watched thread counts up. */
  beats: SharedArrayBuffer;
  lookEveryMs: number;
  /** This many looks in a row without a beat are too many. */
  maxLooks: number;
  /** What is written before the process is ended. */
  lastLine: string;
}

/**
 * Ends the process with SIGKILL when this thread has not come round for `maxStandstillMs`: a function
 * that never yields would block it for ever, `/healthz` included, and JavaScript cannot stop it from
 * inside. A thread of its own watches and writes one line, `error event_loop_stuck`, before. Whatever was
 * acknowledged is on disk, so a supervisor may start the process again at once.
 *
 * Guarantees: looks are counted and not the clock, so neither a sleeping machine nor a stopped process is
 * taken for a standstill. Does not keep the process alive. Does nothing under a debugger, where standing
 * still is the point.
 *
 * @returns ends the watch
 */
export function startWatchdog(maxStandstillMs: number = MAX_STANDSTILL_MS): () => Promise<void> {
  if (inspectorUrl() !== undefined) {
    return async () => undefined;
  }
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const count = new Int32Array(beats);
  const lookEveryMs = maxStandstillMs / LOOKS;
  const beat = setInterval(() => Atomics.add(count, 0, 1), lookEveryMs / 2).unref();
  const lastLine = `error event_loop_stuck forMs=${Math.round(maxStandstillMs)}\n`;
  const workerData: WatchdogData = { beats, lookEveryMs, maxLooks: LOOKS, lastLine };
  // As a text, the thread loads no module: a file of TypeScript costs it 10 MB for the loader alone.
  const thread = new Worker(`(${watchBeats})(require)`, { eval: true, workerData });
  thread.unref();
  return async () => {
    clearInterval(beat);
    await thread.terminate();
  };
}
