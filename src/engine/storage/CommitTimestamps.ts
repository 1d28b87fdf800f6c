import type { Clock } from "../ports.ts";
import type { TableCatalog } from "./TableCatalog.ts";

const META_KEY = "commitTimestampBound";
const NANOSECONDS_PER_MS = 1_000_000n;
/** How much is reserved at once: the catalog is written once in this much time, however many commits. */
const RESERVED_NANOSECONDS = 60_000n * NANOSECONDS_PER_MS;

/**
 * The times of commits: nanoseconds since 1970 as Convex counts them (u64), strictly increasing.
 *
 * They follow the clock when they can, and only go forward when it steps back. Across restarts they
 * never fall behind what was shown: the catalog holds an upper bound of all that were given, and a new
 * process begins at it.
 */
export class CommitTimestamps {
  readonly #catalog: TableCatalog;
  readonly #clock: Clock;
  #bound: bigint;
  #last: bigint;
  #durable: bigint;

  constructor(catalog: TableCatalog, clock: Clock) {
    this.#catalog = catalog;
    this.#clock = clock;
    this.#bound = storedBound(catalog);
    this.#last = this.#bound;
    this.#durable = this.#bound;
  }

  /** Of the newest commit that is on disk, or a time after all commits of earlier processes. */
  get durable(): bigint {
    return this.#durable;
  }

  /** Of the newest commit, durable or not: what a transaction that begins now can see. */
  get last(): bigint {
    return this.#last;
  }

  /** The time that a transaction gets which commits next. */
  next(): bigint {
    const now = BigInt(Math.floor(this.#clock.nowMs())) * NANOSECONDS_PER_MS;
    return now > this.#last ? now : this.#last + 1n;
  }

  /** Gives `timestamp` to the commit that is being applied; belongs to its batch. @throws StoreError */
  take(timestamp: bigint): void {
    if (timestamp > this.#bound) {
      const bound = timestamp + RESERVED_NANOSECONDS;
      this.#catalog.writeMeta(META_KEY, String(bound));
      this.#bound = bound;
    }
    this.#last = timestamp;
  }

  /** What was taken is on disk. */
  committed(): void {
    this.#durable = this.#last;
  }

  /** What was taken since the last {@link committed} is not stored and never was shown. */
  rolledBack(): void {
    this.#last = this.#durable;
    // At the next commit it is written again.
    this.#bound = this.#durable;
  }
}

function storedBound(catalog: TableCatalog): bigint {
  return BigInt(catalog.readMeta(META_KEY) ?? "0");
}
