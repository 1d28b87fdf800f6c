import { JOB_RETRY_FIRST_MS, MAX_JOBS_IN_RETRY, MAX_RUNNING_JOBS } from "../limits.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { JobHost } from "./JobHost.ts";

/** A job that waits for its time. */
export interface PendingJob {
  id: string;
  dueMs: number;
  /** Actions are not waited for when the engine closes: they may take minutes. */
  isAction: boolean;
}

/** A kind of job: scheduled functions, crons. */
export interface JobSource {
  /** Ends what a process that is gone has left in progress. Called once, before everything else. */
  recover(transaction: Transaction): void;
  /** Jobs that wait, the one that is due first at the beginning. */
  pending(transaction: Transaction): Iterable<PendingJob>;
  /** Runs a job to its end and records how it ended. Rejects when the system failed: it is run again. */
  run(job: PendingJob): Promise<void>;
}

interface Retry {
  dueMs: number;
  failures: number;
}

/**
 * Runs the jobs of one source when they are due, at most {@link MAX_RUNNING_JOBS} at once and none of
 * them twice at once. One that the system failed is tried again after a wait that doubles each time.
 */
export class JobRunner {
  readonly #source: JobSource;
  readonly #host: JobHost;
  readonly #retryMaxMs: number;
  readonly #running = new Map<string, { finished: Promise<void>; isAction: boolean }>();
  readonly #retries = new Map<string, Retry>();
  #state: "idle" | "started" | "closed" = "idle";
  #isRecovered = false;
  #failedLooks = 0;
  #look: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(source: JobSource, host: JobHost, retryMaxMs: number) {
    this.#source = source;
    this.#host = host;
    this.#retryMaxMs = retryMaxMs;
  }

  /** From now on jobs start by themselves. */
  start(): void {
    this.#state = "started";
    this.wake();
  }

  /** Something may have become due: call after each commit that changed jobs. */
  wake(): void {
    if (this.#state === "started") {
      this.#startDue().catch((error: unknown) => this.#lookAgainLater(error));
    }
  }

  /**
   * Runs what is due now and what becomes due meanwhile, and waits for all that runs; also before
   * {@link start}. @throws StoreError, OverloadedError when it could not look
   */
  async runDue(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      await this.#startDue();
      await this.finishInProgress();
      const { due } = await this.#find();
      isDone = this.#isClosed() || (due.length === 0 && this.#running.size === 0);
    }
  }

  /** Starts what is due now, also before {@link start}. @throws as {@link runDue} */
  async startDue(): Promise<void> {
    await this.#startDue();
  }

  /** Waits for the jobs that run now. */
  async finishInProgress(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ finished }) => finished));
  }

  /** When the next job that is not running is due, possibly in the past; null when there is none. */
  async nextDueMs(): Promise<number | null> {
    return await this.#host.transact(async (transaction) => {
      let nextMs: number | null = null;
      for (const job of this.#source.pending(transaction)) {
        if (!this.#running.has(job.id)) {
          nextMs = job.dueMs;
          break;
        }
      }
      return nextMs;
    });
  }

  /** Starts nothing more and waits for the jobs that run, except actions. */
  async close(): Promise<void> {
    this.#state = "closed";
    this.#cancelTimer?.();
    await this.#nextLook?.catch(() => undefined);
    await this.#look.catch(() => undefined);
    const waitedFor = [...this.#running.values()].filter(({ isAction }) => !isAction);
    await Promise.all(waitedFor.map(({ finished }) => finished));
  }

  /** Looks are made one after another, and one that waits serves all who asked before it began. */
  #startDue(): Promise<void> {
    this.#nextLook ??= this.#look
      .catch(() => undefined)
      .then(() => {
        this.#nextLook = null;
        this.#look = this.#startFound();
        return this.#look;
      });
    return this.#nextLook;
  }

  async #startFound(): Promise<void> {
    if (this.#isClosed() || this.#running.size >= MAX_RUNNING_JOBS) {
      return;
    }
    const { due, nextMs } = await this.#find();
    this.#failedLooks = 0;
    if (!this.#isClosed()) {
      for (const job of due) {
        this.#run(job);
      }
      this.#setTimer(nextMs);
    }
  }

  async #find(): Promise<{ due: PendingJob[]; nextMs: number | null }> {
    const found = await this.#host.transact(async (transaction) => {
      if (!this.#isRecovered) {
        this.#source.recover(transaction);
      }
      return this.#findIn(transaction);
    });
    this.#isRecovered = true;
    return found;
  }

  #findIn(transaction: Transaction): { due: PendingJob[]; nextMs: number | null } {
    const nowMs = this.#host.clock.nowMs();
    const isFull = this.#forgetOldRetries(nowMs) >= MAX_JOBS_IN_RETRY;
    const due: PendingJob[] = [];
    let nextMs: number | null = null;
    for (const job of this.#source.pending(transaction)) {
      const retry = this.#retries.get(job.id);
      if (this.#running.has(job.id) || (isFull && retry === undefined)) {
        continue;
      }
      const dueMs = Math.max(job.dueMs, retry?.dueMs ?? 0);
      if (dueMs > nowMs) {
        nextMs = Math.min(dueMs, nextMs ?? dueMs);
      } else if (this.#running.size + due.length < MAX_RUNNING_JOBS) {
        due.push(job);
      }
      if (job.dueMs > nowMs || this.#running.size + due.length >= MAX_RUNNING_JOBS) {
        break;
      }
    }
    return { due, nextMs };
  }

  /** @returns how many remain */
  #forgetOldRetries(nowMs: number): number {
    for (const [id, { dueMs }] of this.#retries) {
      if (dueMs + this.#retryMaxMs < nowMs) {
        this.#retries.delete(id);
      }
    }
    return this.#retries.size;
  }

  #run(job: PendingJob): void {
    const finished = this.#source
      .run(job)
      .then(
        () => {
          this.#retries.delete(job.id);
        },
        (error: unknown) => this.#retryLater(job, error),
      )
      .then(() => {
        this.#running.delete(job.id);
        this.wake();
      });
    this.#running.set(job.id, { finished, isAction: job.isAction });
  }

  #retryLater(job: PendingJob, error: unknown): void {
    const failures = (this.#retries.get(job.id)?.failures ?? 0) + 1;
    const waitMs = this.#waitMs(failures);
    this.#retries.set(job.id, { dueMs: this.#host.clock.nowMs() + waitMs, failures });
    this.#host.log.error("job_failed", { reason: nameOf(error), failures, waitMs });
  }

  #lookAgainLater(error: unknown): void {
    this.#failedLooks++;
    const waitMs = this.#waitMs(this.#failedLooks);
    this.#host.log.error("looking_for_jobs_failed", { reason: nameOf(error), waitMs });
    this.#setTimer(this.#host.clock.nowMs() + waitMs);
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #waitMs(failures: number): number {
    return Math.min(JOB_RETRY_FIRST_MS * 2 ** (failures - 1), this.#retryMaxMs);
  }

  #setTimer(dueMs: number | null): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (dueMs !== null && this.#state === "started") {
      const delayMs = Math.max(0, dueMs - this.#host.clock.nowMs());
      this.#cancelTimer = this.#host.timer.after(delayMs, () => this.wake());
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
