import { FunctionError, OverloadedError } from "../errors.ts";
import {
  MAX_BATCH_MS,
  MAX_BATCH_TRANSACTIONS,
  MAX_CRYPTO_WAIT_MS,
  MAX_QUEUED_TRANSACTIONS,
} from "../limits.ts";
import type { Clock, Log, Timer } from "../ports.ts";
import type { CommitTimestamps } from "../storage/CommitTimestamps.ts";
import type { DocumentStore, DocumentWrite } from "../storage/DocumentStore.ts";
import { type SqlStore, StoreError } from "../storage/SqlStore.ts";
import { START, type Transaction } from "../transaction/Transaction.ts";
import { creationTimeAt, nextCreationTime } from "../values/creationTime.ts";

interface Job {
  work(transaction: Transaction): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What one transaction changed, told to listeners once it is durable. */
export type Commit = readonly DocumentWrite[];

/** What a new transaction takes from its place in the order. */
export interface TransactionStart {
  creationTime: number;
  snapshotTimestamp: bigint;
  commitTimestamp: bigint;
}

/** Tells a job's caller how it ended; called once the batch is durable. */
type Settle = () => void;

/** The job that is running. */
interface RunningJob {
  readonly transaction: Transaction;
  giveUp(reason: string): void;
  /** Set once the host works for it. */
  cancelTimeout: (() => void) | null;
}

/**
 * The single writer: transactions run one after another, each to completion, so they are serialisable
 * without locks or retries. Those that wait together share one disk sync.
 *
 * Guarantees: a caller is answered only after the commit that holds its writes, or everything it read,
 * is durable. A transaction that throws, or waits for anything but its own database calls, is undone
 * and the next one runs. When the store fails, every transaction of that batch fails with
 * {@link StoreError} and none of it is stored; on a store without batches, that one transaction.
 *
 * Not guaranteed: code that never yields (an endless loop) blocks the writer and the process.
 */
export class Writer {
  readonly #documents: DocumentStore;
  readonly #store: SqlStore;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #log: Log;
  readonly #timestamps: CommitTimestamps;
  readonly #begin: (start: TransactionStart) => Transaction;
  readonly #onApplied: (commit: Commit, timestamp: bigint) => void;
  readonly #onCommits: (commits: readonly Commit[]) => void;
  readonly #queue: Job[] = [];
  #running = false;
  #job: RunningJob | null = null;
  /** A batch has failed: nothing that is in memory, nor an open transaction, is to be believed. */
  #isStale = false;
  #lastCreationTime: number;
  #idle: (() => void)[] = [];

  constructor(options: {
    documents: DocumentStore;
    store: SqlStore;
    clock: Clock;
    timer: Timer;
    log: Log;
    timestamps: CommitTimestamps;
    begin(start: TransactionStart): Transaction;
    /** Called when later transactions see a commit, which is not durable yet and may still be lost. */
    onApplied(commit: Commit, timestamp: bigint): void;
    /** Called after a batch is durable and before its callers are answered, in the order of commits. */
    onCommits(commits: readonly Commit[]): void;
  }) {
    this.#documents = options.documents;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#log = options.log;
    this.#timestamps = options.timestamps;
    this.#begin = options.begin;
    this.#onApplied = options.onApplied;
    this.#onCommits = options.onCommits;
    this.#lastCreationTime = options.documents.lastCreationTime();
  }

  /**
   * Runs `work` in a transaction of its own, in the order of the calls.
   *
   * @throws OverloadedError when {@link MAX_QUEUED_TRANSACTIONS} are waiting; nothing was started
   * @throws StoreError when the store failed; nothing was stored
   */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.#queue.length >= MAX_QUEUED_TRANSACTIONS) {
      return Promise.reject(new OverloadedError("Too many functions are waiting to run."));
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#running) {
        this.#running = true;
        // A later turn, so that requests which arrive together share one commit.
        this.#timer.nextTurn(() => void this.#drain());
      }
    });
  }

  /**
   * To be called from within a transaction's work: runs `works` right after it and before everything that
   * waits, each in a transaction of its own. When none of them writes, all see the same snapshot.
   * They are not counted among the waiting: the caller bounds them.
   */
  runNext<T>(works: readonly ((transaction: Transaction) => Promise<T>)[]): Promise<T>[] {
    const jobs: Job[] = [];
    const promises = works.map(
      (work) =>
        new Promise<T>((resolve, reject) => {
          jobs.push({ work, resolve: resolve as (value: unknown) => void, reject });
        }),
    );
    this.#queue.unshift(...jobs);
    return promises;
  }

  /** Resolves when nothing is running or waiting. */
  async idle(): Promise<void> {
    if (this.#running) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  async #drain(): Promise<void> {
    const { commits, settles } = await this.#runBatch();
    if (commits.length > 0) {
      this.#onCommits(commits);
    }
    for (const settle of settles) {
      settle();
    }
    if (this.#queue.length > 0) {
      this.#timer.nextTurn(() => void this.#drain());
      return;
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) {
      resolve();
    }
  }

  /** Runs what waits, within the bounds of a batch; the callers are told after the commit. */
  async #runBatch(): Promise<{ commits: Commit[]; settles: Settle[] }> {
    const startedMs = this.#clock.nowMs();
    const cancelLook = this.#timer.nextTurn(() => this.#look());
    const taken: Job[] = [];
    const settles: Settle[] = [];
    const commits: Commit[] = [];
    try {
      do {
        const job = this.#queue.shift() as Job;
        taken.push(job);
        this.#recover();
        const transaction = this.#begin({
          creationTime: this.#nextCreationTime(),
          snapshotTimestamp: this.#timestamps.last,
          commitTimestamp: this.#timestamps.next(),
        });
        settles.push(await this.#runJob(job, transaction));
        if (transaction.hasWrites) {
          if (commits.length === 0) {
            this.#store.batch?.begin();
          }
          const writes = transaction.writes();
          this.#timestamps.take(transaction.commitTimestamp);
          this.#apply(writes, transaction.newTables);
          commits.push(writes);
          this.#onApplied(writes, transaction.commitTimestamp);
          this.#lastCreationTime = transaction.creationTime;
        }
      } while (
        this.#queue.length > 0 &&
        taken.length < MAX_BATCH_TRANSACTIONS &&
        this.#clock.nowMs() - startedMs < MAX_BATCH_MS
      );
      if (commits.length > 0) {
        this.#store.batch?.commit();
        this.#timestamps.committed();
      }
      return { commits, settles };
    } catch (error) {
      const stored = this.#store.batch === undefined ? taken.length - 1 : 0;
      return {
        commits: commits.slice(0, stored),
        settles: [...settles.slice(0, stored), ...this.#failBatch(taken.slice(stored), error)],
      };
    } finally {
      cancelLook();
    }
  }

  /**
   * A failure fails the whole batch, so a savepoint for each transaction in it would only cost time. Without
   * batches each transaction is stored by itself, and a failure leaves those before it.
   */
  #apply(writes: Commit, newTables: ReadonlyMap<string, number>): void {
    if (this.#store.batch === undefined) {
      this.#store.transaction(() => this.#documents.apply(writes, newTables));
      this.#timestamps.committed();
    } else {
      this.#documents.apply(writes, newTables);
    }
  }

  async #runJob(job: Job, transaction: Transaction): Promise<Settle> {
    const running: RunningJob = { transaction, giveUp: () => undefined, cancelTimeout: null };
    this.#job = running;
    try {
      const value = await new Promise((resolve, reject) => {
        running.giveUp = (reason) => reject(new FunctionError(reason));
        job.work(transaction).then(resolve, reject);
      });
      return () => job.resolve(value);
    } catch (error) {
      if (error instanceof StoreError) {
        throw error;
      }
      transaction.rollbackTo(START);
      return () => job.reject(error);
    } finally {
      running.cancelTimeout?.();
      this.#job = null;
      transaction.close();
    }
  }

  /**
   * Database calls answer at once, so a batch of well-behaved functions ends without a turn of the event
   * loop. A function that is still running after a turn waits for something that is not to be had in a
   * transaction, or for `crypto.subtle`, which it gets for at most {@link MAX_CRYPTO_WAIT_MS}.
   */
  #look(): void {
    const job = this.#job;
    if (job === null) {
      return;
    }
    const lookAgain = () => void this.#timer.nextTurn(() => this.#look());
    const running = job.transaction.runningFunction;
    const hostWork = running?.hostWork() ?? null;
    if (hostWork === null) {
      job.giveUp(running?.overrun() ?? "Returned promise will never resolve");
      lookAgain();
      return;
    }
    job.cancelTimeout ??= this.#timer.after(MAX_CRYPTO_WAIT_MS, () =>
      job.giveUp(`Function execution timed out (maximum duration: ${MAX_CRYPTO_WAIT_MS / 1_000}s)`),
    );
    void hostWork.then(lookAgain);
  }

  #failBatch(taken: readonly Job[], error: unknown): Settle[] {
    this.#isStale = true;
    this.#timestamps.rolledBack();
    try {
      this.#store.batch?.rollback();
    } catch (failure) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#log.error("store_roll_back_failed", { reason });
    }
    const reason =
      error instanceof StoreError ? error : new StoreError("The commit failed.", { cause: error });
    this.#log.error("store_failed", { transactions: taken.length, reason: reason.message });
    return taken.map((job) => () => job.reject(reason));
  }

  /** Before the next transaction, too: a store that has just failed may not answer, nor roll back. */
  #recover(): void {
    if (this.#isStale) {
      this.#store.batch?.rollback();
      this.#documents.reload();
      this.#isStale = false;
    }
  }

  #nextCreationTime(): number {
    return Math.max(creationTimeAt(this.#clock.nowMs()), nextCreationTime(this.#lastCreationTime));
  }
}
