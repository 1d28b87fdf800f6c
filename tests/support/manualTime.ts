import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Timer } from "../../src/engine/ports.ts";
import { systemTimer } from "../../src/hosts/node/systemPorts.ts";

export interface ManualTime {
  clock: Clock;
  timer: Timer;
  /** Moves the clock ahead and fires, in order, what comes due on the way. */
  advance(ms: number): Promise<void>;
  /** Moves the clock ahead at once, as if the machine had slept, and then fires what is due. */
  leap(ms: number): Promise<void>;
}

/** A clock that stands still at `startMs` and delays that pass only when a test says so. */
export function manualTime(startMs: number): ManualTime {
  let nowMs = startMs;
  const waiting = new Set<{ dueMs: number; callback: () => void }>();
  const advance = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      await settle();
      const [first] = [...waiting].sort((a, b) => a.dueMs - b.dueMs);
      if (first === undefined || first.dueMs > untilMs) {
        break;
      }
      waiting.delete(first);
      nowMs = Math.max(nowMs, first.dueMs);
      first.callback();
    }
    nowMs = untilMs;
  };
  return {
    clock: { nowMs: () => nowMs },
    timer: {
      nextTurn: systemTimer.nextTurn,
      after: (delayMs, callback) => {
        const entry = { dueMs: nowMs + delayMs, callback };
        waiting.add(entry);
        return () => waiting.delete(entry);
      },
    },
    advance,
    leap: async (ms) => {
      nowMs += ms;
      await advance(0);
    },
  };
}

/** Enough turns of the event loop for what was started to come to its end or to a delay. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await nextTurn();
  }
}
