import type { Timer } from "../../../src/engine/ports.ts";

/**
 * Lets this process's `setTimeout` wait by a timer that a test moves, for as long as is asked: Node's own
 * overflows beyond 24 days. What shall happen at once happens at once. @returns puts the real one back
 */
export function manualTimeouts(timer: Timer): () => void {
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const cancels = new WeakMap<object, () => void>();
  globalThis.setTimeout = ((
    callback: (...args: unknown[]) => void,
    delayMs = 0,
    ...args: unknown[]
  ) => {
    if (delayMs <= 0) {
      return start(callback, 0, ...args);
    }
    const timeout = { ref: () => timeout, unref: () => timeout, refresh: () => timeout };
    cancels.set(
      timeout,
      timer.after(delayMs, () => callback(...args)),
    );
    return timeout;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timeout: object | undefined) => {
    const cancel = typeof timeout === "object" ? cancels.get(timeout) : undefined;
    if (cancel === undefined) {
      stop(timeout as Parameters<typeof stop>[0]);
    } else {
      cancel();
    }
  }) as typeof clearTimeout;
  return () => {
    globalThis.setTimeout = start;
    globalThis.clearTimeout = stop;
  };
}
