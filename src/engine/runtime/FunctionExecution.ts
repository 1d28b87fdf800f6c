import type { FunctionType } from "../functions/FunctionRegistry.ts";
import type { Clock, Random, Stopwatch } from "../ports.ts";
import { FunctionLog } from "./FunctionLog.ts";
import { FunctionTime } from "./FunctionTime.ts";
import { RunName } from "./RunName.ts";
import { SeededRandom } from "./SeededRandom.ts";

/**
 * One run of a query, mutation, action or HTTP action, together with the functions that it calls in its
 * own transaction: what its console wrote, and for queries and mutations the time that stands still, the
 * random numbers and the time limit.
 */
export class FunctionExecution {
  readonly type: FunctionType | "HttpAction";
  /** Apart from the rest, for what tells of the run when it is over. */
  readonly name: RunName;
  readonly log: FunctionLog;
  /** Milliseconds since 1970, whole: what `Date.now()` is during a query or mutation. */
  readonly startedAtMs: number;
  /** Null in actions, whose time is not the engine's to measure. */
  readonly time: FunctionTime | null;
  readonly #random: Random;
  readonly #stopwatch: Stopwatch;
  readonly #startedElapsedMs: number;
  #seeded: SeededRandom | null = null;
  #hostWork = 0;
  #hostWorkDone: (() => void) | null = null;

  constructor(
    type: FunctionType | "HttpAction",
    { clock, random, stopwatch }: { clock: Clock; random: Random; stopwatch: Stopwatch },
  ) {
    this.type = type;
    this.name = new RunName(random);
    this.#random = random;
    this.#stopwatch = stopwatch;
    this.#startedElapsedMs = stopwatch.elapsedMs();
    this.startedAtMs = Math.floor(clock.nowMs());
    this.log = new FunctionLog(() => clock.nowMs());
    this.time = this.isDeterministic ? new FunctionTime(stopwatch) : null;
  }

  /** Queries and mutations see neither time nor chance nor the outside. */
  get isDeterministic(): boolean {
    return this.type === "Query" || this.type === "Mutation";
  }

  get requestId(): string {
    return this.name.requestId;
  }

  /** Why a query or mutation must not go on, in Convex's words, or null. */
  overrun(): string | null {
    return this.time?.overrun() ?? null;
  }

  elapsedMs(): number {
    return this.#stopwatch.elapsedMs() - this.#startedElapsedMs;
  }

  /** `Math.random()` of a query or mutation. */
  nextNumber(): number {
    this.#seeded ??= new SeededRandom(this.fill(new Uint8Array(16)));
    return this.#seeded.nextNumber();
  }

  fill<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
    this.#random.fill(bytes);
    return bytes;
  }

  /** Notes work that the host does for the function on other threads, until it has ended. */
  async awaitingHost<T>(work: Promise<T>): Promise<T> {
    this.#hostWork++;
    try {
      return await work;
    } finally {
      this.#hostWork--;
      if (this.#hostWork === 0) {
        this.#hostWorkDone?.();
      }
    }
  }

  /** Resolves when the host has done something for the function; null when nothing is under way. */
  hostWork(): Promise<void> | null {
    if (this.#hostWork === 0) {
      return null;
    }
    const resume = this.time?.pause();
    return new Promise((resolve) => {
      this.#hostWorkDone = () => {
        this.#hostWorkDone = null;
        resume?.();
        resolve();
      };
    });
  }
}
