import type { Timer } from "../../engine/ports.ts";
import { workerClock } from "./ports.ts";

/** An object that nobody has asked anything for this long is quiet. */
export const QUIET_AFTER_MS = 60 * 60_000;

/** How long the crons of a quiet object rest. */
export const CRON_REST_MS = 6 * 60 * 60_000;

/** How exactly is remembered when somebody asked, so that few requests cost a write. */
const REMEMBERED_EVERY_MS = 10 * 60_000;

/** Where the time is remembered that somebody asked last. */
export interface AskedStore {
  read(): number;
  write(atMs: number): void;
}

/**
 * The timer of an object's crons: as asked while it is in use, and seldom while it is quiet, so that it sleeps.
 * Crons take up what was lost, look for what Stripe did not deliver, and drop what is old; what is scheduled for
 * a time has its own timer. Runs that are missed meanwhile are skipped, as on a machine that slept.
 */
export class CronRest implements Timer {
  readonly #timer: Timer;
  readonly #store: AskedStore;
  #askedMs: number;
  #rememberedMs: number;
  #hasRested = false;

  constructor(timer: Timer, store: AskedStore) {
    this.#timer = timer;
    this.#store = store;
    this.#rememberedMs = store.read();
    this.#askedMs = this.#rememberedMs;
  }

  nextTurn(callback: () => void): () => void {
    return this.#timer.nextTurn(callback);
  }

  after(delayMs: number, callback: () => void): () => void {
    const isQuiet = workerClock.nowMs() - this.#askedMs > QUIET_AFTER_MS;
    this.#hasRested ||= isQuiet;
    return this.#timer.after(isQuiet ? Math.max(delayMs, CRON_REST_MS) : delayMs, callback);
  }

  /** Somebody asks the object. @returns whether the crons rested and are to be woken */
  asked(): boolean {
    this.#askedMs = workerClock.nowMs();
    if (this.#askedMs - this.#rememberedMs > REMEMBERED_EVERY_MS) {
      this.#rememberedMs = this.#askedMs;
      this.#store.write(this.#askedMs);
    }
    const hasRested = this.#hasRested;
    this.#hasRested = false;
    return hasRested;
  }
}
