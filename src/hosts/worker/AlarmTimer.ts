import type { Timer } from "../../engine/ports.ts";
import { workerClock, workerTimer } from "./ports.ts";

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * Delays on the one alarm of a Durable Object: it is set for the earliest of them, so the object may sleep
 * until then, and one that was moved or crashed is woken all the same. What is to happen is not kept here:
 * an object that wakes sets its delays again from its tables.
 */
export class AlarmTimer implements Timer {
  readonly #storage: ObjectStorage;
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting = new Set<Waiting>();
  #alarmMs = Number.POSITIVE_INFINITY;

  /** @param onFailure told when an alarm could not be stored */
  constructor(storage: ObjectStorage, onFailure: (error: unknown) => void) {
    this.#storage = storage;
    this.#onFailure = onFailure;
  }

  nextTurn(callback: () => void): () => void {
    return workerTimer.nextTurn(callback);
  }

  after(delayMs: number, callback: () => void): () => void {
    const waiting = { dueMs: workerClock.nowMs() + delayMs, callback };
    this.#waiting.add(waiting);
    this.#arm();
    return () => this.#waiting.delete(waiting);
  }

  /** The alarm went off: runs what is due, and sets it for what is left. */
  ring(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY;
    const nowMs = workerClock.nowMs();
    const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= nowMs);
    for (const waiting of due.toSorted((a, b) => a.dueMs - b.dueMs)) {
      // One of those before it may have cancelled it.
      if (this.#waiting.delete(waiting)) {
        waiting.callback();
      }
    }
    this.#arm();
  }

  #arm(): void {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#waiting) {
      earliestMs = Math.min(earliestMs, dueMs);
    }
    // One that rings too early does no harm, and each change of the alarm is a write.
    if (earliestMs < this.#alarmMs) {
      this.#alarmMs = earliestMs;
      this.#storage.setAlarm(earliestMs).catch(this.#onFailure);
    }
  }
}
