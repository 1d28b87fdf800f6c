import {
  CRON_RETRY_MAX_MS,
  SCHEDULED_FUNCTION_REMOVAL_BATCH,
  SCHEDULED_FUNCTION_REMOVAL_DELAY_MS,
  SCHEDULED_FUNCTION_REMOVAL_INTERVAL_MS,
  SCHEDULED_FUNCTION_RETENTION_MS,
  SCHEDULED_FUNCTION_RETRY_MAX_MS,
} from "../limits.ts";
import type { Commit } from "../runtime/Writer.ts";
import { CRON_JOBS, SCHEDULED_FUNCTIONS, type SystemTable } from "../storage/systemTables.ts";
import { CronSource } from "./CronSource.ts";
import { Crons } from "./Crons.ts";
import type { JobHost } from "./JobHost.ts";
import { JobRunner } from "./JobRunner.ts";
import type { CronSpec } from "./readCrons.ts";
import { ScheduledFunctionSource } from "./ScheduledFunctionSource.ts";
import { ScheduledFunctions } from "./ScheduledFunctions.ts";

/**
 * Runs scheduled functions and crons, and removes scheduled functions that ended long ago.
 *
 * Nothing runs by itself before {@link start}; tests that own the clock leave it out and call
 * {@link runDue}.
 */
export class Scheduler {
  readonly #host: JobHost;
  readonly #cronHost: JobHost;
  readonly #crons: ReadonlyMap<string, CronSpec>;
  readonly #functionRunner: JobRunner;
  readonly #cronRunner: JobRunner;
  #isClosed = false;
  #cancelRemoval: (() => void) | null = null;
  #removal: Promise<void> = Promise.resolve();

  constructor(host: JobHost, cronHost: JobHost, crons: ReadonlyMap<string, CronSpec>) {
    this.#host = host;
    this.#cronHost = cronHost;
    this.#crons = crons;
    this.#functionRunner = new JobRunner(
      new ScheduledFunctionSource(host),
      host,
      SCHEDULED_FUNCTION_RETRY_MAX_MS,
    );
    this.#cronRunner = new JobRunner(new CronSource(cronHost), cronHost, CRON_RETRY_MAX_MS);
  }

  /**
   * Stores the app's crons in place of those of the last start, and lets everything run when it is due.
   * Actions that were running when the last process ended are recorded as failed.
   *
   * @throws StoreError, OverloadedError; nothing runs then
   */
  async start(): Promise<void> {
    await this.#host.transact(async (transaction) =>
      new Crons(transaction).apply(this.#crons, this.#host.clock.nowMs()),
    );
    this.#functionRunner.start();
    this.#cronRunner.start();
    this.#removeFinishedAfter(0);
  }

  /** To be told of every commit. */
  committed(commits: readonly Commit[]): void {
    const haveChanged = ({ number }: SystemTable): boolean =>
      commits.some((commit) => commit.some((write) => write.tableNumber === number));
    if (haveChanged(SCHEDULED_FUNCTIONS)) {
      this.#functionRunner.wake();
    }
    if (haveChanged(CRON_JOBS)) {
      this.#cronRunner.wake();
    }
  }

  /**
   * Runs every scheduled function that is due now, and those that become due meanwhile; resolves when
   * none runs. Crons are left alone. @throws StoreError, OverloadedError
   */
  async runDue(): Promise<void> {
    await this.#functionRunner.runDue();
  }

  /** Starts the scheduled functions that are due now. @throws StoreError, OverloadedError */
  async startDue(): Promise<void> {
    await this.#functionRunner.startDue();
  }

  /** Lets the crons look again when they are due: their timer may wait otherwise now. */
  wakeCrons(): void {
    this.#cronRunner.wake();
  }

  /** Resolves when the scheduled functions that run now are over. */
  async finishInProgress(): Promise<void> {
    await this.#functionRunner.finishInProgress();
  }

  /** When the next scheduled function is due, possibly in the past; null when none is pending. */
  async nextDueMs(): Promise<number | null> {
    return await this.#functionRunner.nextDueMs();
  }

  /**
   * Starts nothing more and waits for the mutations that run. Actions that run are left: the next start
   * records them as failed.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRemoval?.();
    await Promise.all([this.#functionRunner.close(), this.#cronRunner.close(), this.#removal]);
  }

  #removeFinishedAfter(delayMs: number): void {
    if (!this.#isClosed) {
      this.#cancelRemoval = this.#cronHost.timer.after(delayMs, () => {
        this.#removal = this.#removeFinished().then((delayMs) =>
          this.#removeFinishedAfter(delayMs),
        );
      });
    }
  }

  /** @returns when to do it again */
  async #removeFinished(): Promise<number> {
    const endedBeforeMs = this.#host.clock.nowMs() - SCHEDULED_FUNCTION_RETENTION_MS;
    try {
      const removed = await this.#host.transact(async (transaction) =>
        new ScheduledFunctions(transaction).deleteCompletedBefore(
          endedBeforeMs,
          SCHEDULED_FUNCTION_REMOVAL_BATCH,
        ),
      );
      return removed === SCHEDULED_FUNCTION_REMOVAL_BATCH
        ? SCHEDULED_FUNCTION_REMOVAL_DELAY_MS
        : SCHEDULED_FUNCTION_REMOVAL_INTERVAL_MS;
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      this.#host.log.error("removing_finished_jobs_failed", { reason });
      return SCHEDULED_FUNCTION_REMOVAL_INTERVAL_MS;
    }
  }
}
