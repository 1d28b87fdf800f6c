import type { Timer } from "../engine/ports.ts";

// Taken before a test installs fake timers: turns of the event loop must go on.
const { setImmediate, clearImmediate, setTimeout, clearTimeout } = globalThis;

/** Real turns and delays, also while a test fakes its own. */
export const testTimer: Timer = {
  nextTurn: (callback) => {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
  after: (delayMs, callback) => {
    const timeout = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

/** A turn of the real event loop, due timers included. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
