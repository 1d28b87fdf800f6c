import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync } from "node:crypto";
import type { AsyncContext, Clock, Fetch, Random, Stopwatch, Timer } from "../../engine/ports.ts";

/** The longest delay `setTimeout` keeps (about 24.8 days); it turns a longer one into 1 ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's wall clock. It steps when an operator or NTP steps it. */
export const systemClock: Clock = { nowMs: () => Date.now() };

// Taken before functions see one that stands still.
const elapsedMs = performance.now.bind(performance);

/** Asking the operating system costs more than many a query. */
const BUSY_SAMPLE_MS = 1;
let busySampledAtMs = Number.NEGATIVE_INFINITY;
let busySampledMs = 0;

/** The monotonic clock, and the processor time of this thread, which may be a millisecond old. */
export const systemStopwatch: Stopwatch = {
  elapsedMs,
  busyMs: () => {
    const nowMs = elapsedMs();
    if (nowMs - busySampledAtMs >= BUSY_SAMPLE_MS) {
      const { user, system } = process.threadCpuUsage();
      busySampledMs = (user + system) / 1_000;
      busySampledAtMs = nowMs;
    }
    return busySampledMs;
  },
};

/** The platform's own requests to other servers, whatever is done to the global one later. */
export const systemFetch: Fetch = globalThis.fetch;

/** Drawn from the operating system at once: asking for 8 bytes costs as much as for these. */
const POOL_BYTES = 4_096;
const pool = new Uint8Array(POOL_BYTES);
let poolUsed = POOL_BYTES;

/** The operating system's strong randomness; never blocks once the machine is up. */
export const systemRandom: Random = {
  fill: (bytes) => {
    if (bytes.length > POOL_BYTES) {
      return randomFillSync(bytes);
    }
    if (poolUsed + bytes.length > POOL_BYTES) {
      randomFillSync(pool);
      poolUsed = 0;
    }
    const drawn = pool.subarray(poolUsed, poolUsed + bytes.length);
    bytes.set(drawn);
    drawn.fill(0);
    poolUsed += bytes.length;
    return bytes;
  },
};

/**
 * The event loop's own timers. `nextTurn` keeps the process alive until its callback ran; `after` does
 * not, and holds delays of any length. A callback that throws ends the process, as in any Node timer.
 */
export const systemTimer: Timer = {
  nextTurn: (callback) => {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
  after: (delayMs, callback) => {
    let timeout: NodeJS.Timeout;
    const wait = (remainingMs: number): void => {
      const stepMs = Math.min(remainingMs, MAX_TIMEOUT_MS);
      const next = remainingMs > stepMs ? () => wait(remainingMs - stepMs) : callback;
      timeout = setTimeout(next, stepMs).unref();
    };
    wait(delayMs);
    return () => clearTimeout(timeout);
  },
};

/** One context of its own: values of one do not show in another. */
export function systemAsyncContext<T>(): AsyncContext<T> {
  return new AsyncLocalStorage<T>();
}
