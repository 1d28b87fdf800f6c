import { convexToJson } from "convex/values";
import { FunctionError } from "../errors.ts";
import type { FunctionRegistry, HostedFunction } from "../functions/FunctionRegistry.ts";
import { type FunctionPath, parseFunctionPath } from "../functions/functionPath.ts";
import { SCHEDULED_FUNCTION_RETRY_MAX_MS } from "../limits.ts";
import { toFunctionError } from "../runtime/invokeFunction.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { JobCall, JobHost } from "./JobHost.ts";
import type { JobSource, PendingJob } from "./JobRunner.ts";
import { runJobAction } from "./runJobAction.ts";
import {
  type ScheduledFunction,
  type ScheduledFunctionState,
  ScheduledFunctions,
} from "./ScheduledFunctions.ts";

/** Convex's text for an action whose end nobody knows. */
export const LOST_ACTION_ERROR = "Transient error while executing action";

/**
 * Runs what `ctx.scheduler` scheduled.
 *
 * Mutations exactly once: that the job is done is part of the mutation's own transaction. One that
 * throws is undone and recorded as failed, for good. Actions at most once, see {@link runJobAction}.
 */
export class ScheduledFunctionSource implements JobSource {
  readonly #host: JobHost;

  constructor(host: JobHost) {
    this.#host = host;
  }

  recover(transaction: Transaction): void {
    const jobs = new ScheduledFunctions(transaction);
    for (const { _id } of [...jobs.inProgress()]) {
      jobs.complete(_id, { kind: "failed", error: LOST_ACTION_ERROR });
    }
  }

  *pending(transaction: Transaction): Generator<PendingJob> {
    for (const job of new ScheduledFunctions(transaction).pending()) {
      const isAction = this.#host.registry.lookup(parseFunctionPath(job.name))?.type === "Action";
      yield { id: job._id, dueMs: job.scheduledTime, isAction };
    }
  }

  async run({ id, isAction }: PendingJob): Promise<void> {
    if (isAction) {
      await this.#runAction(id);
      return;
    }
    try {
      await this.#runMutation(id);
    } catch (error) {
      if (!(error instanceof FunctionError)) {
        throw error;
      }
      await this.#complete(id, { kind: "failed", error: error.message });
    }
  }

  async #runMutation(id: string): Promise<void> {
    await this.#host.transact(async (transaction) => {
      const jobs = new ScheduledFunctions(transaction);
      const job = jobs.begin(id);
      if (job !== null) {
        await this.#host.runMutation(transaction, this.#callOf(job));
        jobs.complete(id, { kind: "success" });
      }
    });
  }

  async #runAction(id: string): Promise<void> {
    const job = await this.#host.transact(async (transaction) =>
      new ScheduledFunctions(transaction).get(id),
    );
    if (job === null) {
      return;
    }
    await runJobAction(
      this.#host,
      this.#callOf(job),
      () =>
        this.#host.transact(
          async (transaction) => new ScheduledFunctions(transaction).begin(id) !== null,
        ),
      (outcome) =>
        this.#complete(
          id,
          "error" in outcome
            ? { kind: "failed", error: toFunctionError(outcome.error).message }
            : { kind: "success" },
        ),
      SCHEDULED_FUNCTION_RETRY_MAX_MS,
    );
  }

  async #complete(id: string, state: ScheduledFunctionState): Promise<void> {
    await this.#host.transact(async (transaction) =>
      new ScheduledFunctions(transaction).complete(id, state),
    );
  }

  /** @throws FunctionError when the function is gone, or one that cannot be scheduled */
  #callOf(job: ScheduledFunction): JobCall {
    const hosted = findJobFunction(this.#host.registry, parseFunctionPath(job.name));
    return { hosted, args: convexToJson(job.args[0]), scheduledFunctionId: job._id };
  }
}

function findJobFunction(registry: FunctionRegistry, path: FunctionPath): HostedFunction {
  const hosted = registry.lookup(path);
  if (hosted === undefined) {
    throw new FunctionError(
      registry.hasModule(path.module)
        ? `Couldn't find ${JSON.stringify(path.functionName)} in module ${JSON.stringify(path.module)}.`
        : `Couldn't find JavaScript module '${path.module}'. Did you forget to run \`npx convex dev\`?`,
    );
  }
  if (hosted.type === "Query") {
    throw new FunctionError(
      `Unsupported function type. ${JSON.stringify(path.functionName)} in module ${JSON.stringify(path.module)} is defined as a Query. Only Mutation and Action can be scheduled.`,
    );
  }
  return hosted;
}
