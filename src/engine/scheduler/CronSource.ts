import { convexToJson, jsonToConvex } from "convex/values";
import { FunctionError } from "../errors.ts";
import type { HostedFunction } from "../functions/FunctionRegistry.ts";
import { parseFunctionPath } from "../functions/functionPath.ts";
import { CRON_RETRY_MAX_MS } from "../limits.ts";
import { toFunctionError } from "../runtime/invokeFunction.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { type CronJob, type CronRunStatus, Crons, cronResult } from "./Crons.ts";
import type { JobCall, JobHost } from "./JobHost.ts";
import type { JobSource, PendingJob } from "./JobRunner.ts";
import { runJobAction } from "./runJobAction.ts";
import { LOST_ACTION_ERROR } from "./ScheduledFunctionSource.ts";

/**
 * Runs crons: each run of a mutation exactly once, together with its log and the plan of the next run;
 * each run of an action at most once, see {@link runJobAction}. A run is planned when the one before is
 * over, so that none overlaps.
 */
export class CronSource implements JobSource {
  readonly #host: JobHost;

  constructor(host: JobHost) {
    this.#host = host;
  }

  recover(transaction: Transaction): void {
    const crons = new Crons(transaction);
    for (const cron of [...crons.inProgress()]) {
      crons.finish(cron, { type: "err", error: LOST_ACTION_ERROR }, this.#nowMs(), 0);
    }
  }

  *pending(transaction: Transaction): Generator<PendingJob> {
    for (const cron of new Crons(transaction).pending()) {
      const isAction = this.#functionOf(cron).type === "Action";
      yield { id: cron._id, dueMs: cron.nextRunMs, isAction };
    }
  }

  async run(job: PendingJob): Promise<void> {
    const startedMs = this.#nowMs();
    if (job.isAction) {
      await this.#runAction(job, startedMs);
      return;
    }
    try {
      await this.#runMutation(job, startedMs);
    } catch (error) {
      if (!(error instanceof FunctionError)) {
        throw error;
      }
      await this.#host.transact(async (transaction) => {
        const cron = new Crons(transaction).findRun(job.id, job.dueMs);
        if (cron !== null) {
          this.#finish(transaction, cron, { type: "err", error: error.message }, startedMs);
        }
      });
    }
  }

  async #runMutation(job: PendingJob, startedMs: number): Promise<void> {
    await this.#host.transact(async (transaction) => {
      const cron = new Crons(transaction).findRun(job.id, job.dueMs);
      if (cron !== null) {
        const valueText = await this.#host.runMutation(transaction, this.#callOf(cron));
        this.#finish(transaction, cron, success(valueText), startedMs);
      }
    });
  }

  async #runAction(job: PendingJob, startedMs: number): Promise<void> {
    const cron = await this.#host.transact(async (transaction) =>
      new Crons(transaction).findRun(job.id, job.dueMs),
    );
    if (cron === null) {
      return;
    }
    await runJobAction(
      this.#host,
      this.#callOf(cron),
      () =>
        this.#host.transact(async (transaction) => new Crons(transaction).begin(job.id, job.dueMs)),
      (outcome) =>
        this.#host.transact(async (transaction) => {
          const status: CronRunStatus =
            "error" in outcome
              ? { type: "err", error: toFunctionError(outcome.error).message }
              : success(outcome.valueText);
          this.#finish(transaction, cron, status, startedMs);
        }),
      CRON_RETRY_MAX_MS,
    );
  }

  #finish(transaction: Transaction, cron: CronJob, status: CronRunStatus, startedMs: number): void {
    const nowMs = this.#nowMs();
    const executionSeconds = Math.max(0, nowMs - startedMs) / 1_000;
    new Crons(transaction).finish(cron, status, nowMs, executionSeconds);
  }

  #callOf(cron: CronJob): JobCall {
    return {
      hosted: this.#functionOf(cron),
      args: convexToJson(cron.cronSpec.udfArgs[0]),
      scheduledFunctionId: null,
    };
  }

  /** Crons were checked against the functions when they were read, and replaced together with them. */
  #functionOf({ name, cronSpec }: CronJob): HostedFunction {
    const hosted = this.#host.registry.lookup(parseFunctionPath(cronSpec.udfPath));
    if (hosted === undefined) {
      throw new Error(`the cron ${name} runs a function that is gone`);
    }
    return hosted;
  }

  #nowMs(): number {
    return this.#host.clock.nowMs();
  }
}

function success(valueText: string): CronRunStatus {
  return { type: "success", result: cronResult(jsonToConvex(JSON.parse(valueText))) };
}
