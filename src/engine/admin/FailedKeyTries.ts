import { RequestError } from "../errors.ts";
import {
  FAILED_TRIES_FORGOTTEN_MS,
  FREE_FAILED_TRIES,
  MAX_FAILED_TRY_DELAY_MS,
  MAX_FAILED_TRY_SOURCES,
  MAX_HELD_REFUSALS,
} from "../limits.ts";
import type { Clock, Timer } from "../ports.ts";

const FIRST_DELAY_MS = 100;

interface Tries {
  failed: number;
  lastAtMs: number;
}

/**
 * Slows and counts those who try keys. Only the refusal of a wrong key is held back, longer with every one
 * that came from the same address; a right key is never looked at later or refused for what others tried,
 * so nobody can lock an operator out, not even from the address of a shared proxy.
 *
 * Bounded: {@link MAX_FAILED_TRY_SOURCES} addresses are remembered, of which the one that was quiet longest
 * is forgotten first, and {@link MAX_HELD_REFUSALS} refusals are held; beyond, they are 429 at once.
 */
export class FailedKeyTries {
  readonly #clock: Clock;
  readonly #timer: Timer;
  /** By address, the one that tried last at the end. */
  readonly #sources = new Map<string, Tries>();
  #total = 0;
  #held = 0;

  constructor(clock: Clock, timer: Timer) {
    this.#clock = clock;
    this.#timer = timer;
  }

  /** Of all addresses, since the start. */
  get total(): number {
    return this.#total;
  }

  /** Resolves when a wrong key from this address may be refused. @throws RequestError 429 */
  async refused(source: string): Promise<void> {
    this.#total++;
    const delayMs = this.#delayMs(this.#count(source));
    if (delayMs === 0) {
      return;
    }
    if (this.#held >= MAX_HELD_REFUSALS) {
      throw new RequestError(429, "TooManyFailedKeys", "Too many wrong keys. Try again later.");
    }
    this.#held++;
    await new Promise<void>((resolve) => void this.#timer.after(delayMs, resolve));
    this.#held--;
  }

  #count(source: string): number {
    const nowMs = this.#clock.nowMs();
    const before = this.#sources.get(source);
    const isRecent = before !== undefined && nowMs - before.lastAtMs < FAILED_TRIES_FORGOTTEN_MS;
    const failed = (isRecent ? before.failed : 0) + 1;
    this.#sources.delete(source);
    this.#sources.set(source, { failed, lastAtMs: nowMs });
    if (this.#sources.size > MAX_FAILED_TRY_SOURCES) {
      const [quietest] = this.#sources.keys();
      this.#sources.delete(quietest ?? source);
    }
    return failed;
  }

  #delayMs(failed: number): number {
    return failed <= FREE_FAILED_TRIES
      ? 0
      : Math.min(MAX_FAILED_TRY_DELAY_MS, FIRST_DELAY_MS * 2 ** (failed - FREE_FAILED_TRIES - 1));
  }
}
