import { AsyncLocalStorage } from "node:async_hooks";
import type {
  AsyncContext,
  Clock,
  Fetch,
  Log,
  Random,
  Stopwatch,
  Timer,
} from "../../engine/ports.ts";
import type { SyscallHandler } from "../../engine/runtime/convexGlobal.ts";

// Everything is taken before functions see stand-ins for it.
const { setTimeout: startTimeout, clearTimeout: stopTimeout } = globalThis;
const getRandomValues = crypto.getRandomValues.bind(crypto);
const elapsedMs = performance.now.bind(performance);
const { log: writeLine, error: writeError } = console;

export const workerClock: Clock = { nowMs: () => Date.now() };

export const workerRandom: Random = {
  fill: (bytes) => getRandomValues(bytes as Uint8Array<ArrayBuffer>),
};

export const workerFetch: Fetch = globalThis.fetch.bind(globalThis);

/**
 * The runtime's clock stands still while code computes, so what a function computes for shows as nothing:
 * the platform's own limit on processor time ends a function that goes on for too long.
 */
export const workerStopwatch: Stopwatch = { elapsedMs, busyMs: elapsedMs };

/** Delays that die with the object: for what concerns connections, which die with it too. */
export const workerTimer: Timer = {
  nextTurn: (callback) => cancellable(callback, 0),
  after: (delayMs, callback) => cancellable(callback, delayMs),
};

/** One for all objects of this isolate, as the `convex` package knows one global only. */
export const workerContext: AsyncContext<SyscallHandler> = new AsyncLocalStorage<SyscallHandler>();

/** One JSON line each, for `wrangler tail` and the platform's log. */
export const workerLog: Log = {
  info: (message, fields) => writeLine(JSON.stringify({ level: "info", message, ...fields })),
  error: (message, fields) => writeError(JSON.stringify({ level: "error", message, ...fields })),
};

function cancellable(callback: () => void, delayMs: number): () => void {
  const timeout = startTimeout(callback, delayMs);
  return () => stopTimeout(timeout);
}
