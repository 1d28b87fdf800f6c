import { getConvexSize, type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import type { FunctionRegistry } from "../functions/FunctionRegistry.ts";
import { canonicalPath, type FunctionPath } from "../functions/functionPath.ts";
import { MAX_SCHEDULING_DISTANCE_MS } from "../limits.ts";
import { SCHEDULED_FUNCTIONS } from "../storage/systemTables.ts";
import type { DatabaseQuery } from "../transaction/DatabaseQuery.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { decodeDocumentId } from "../values/documentId.ts";

export type ScheduledFunctionState =
  | { kind: "pending" | "inProgress" | "success" | "canceled" }
  | { kind: "failed"; error: string };

/** A document of `_scheduled_functions`. Times in milliseconds since 1970. */
export interface ScheduledFunction {
  _id: string;
  _creationTime: number;
  /** "plans.js:work" */
  name: string;
  /** The one argument object. */
  args: [Value];
  scheduledTime: number;
  completedTime?: number;
  state: ScheduledFunctionState;
}

/** What `ctx.scheduler.runAfter` and `runAt` ask for. */
export interface ScheduleRequest {
  path: FunctionPath;
  /** Convex JSON of the argument object. */
  args: JSONValue;
  /** Seconds since 1970; the past means now. */
  ts: unknown;
  /** The scheduled function that asks, itself or through calls; null for everything else. */
  parentId: string | null;
}

/** The jobs of `ctx.scheduler`, as one transaction sees and changes them. */
export class ScheduledFunctions {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /**
   * Adds a job. The function must exist now; its kind and arguments are looked at when it runs. What a
   * canceled job schedules is canceled from the beginning.
   *
   * @returns the job's id
   * @throws EngineError InvalidScheduledFunction, InvalidScheduledFunctionDelay, InvalidArgument,
   *   TooManyFunctionsScheduled, ScheduledFunctionsArgumentsTooLarge
   */
  schedule(request: ScheduleRequest, registry: FunctionRegistry): string {
    const nowMs = this.#transaction.creationTime;
    const scheduledTime = scheduledTimeMs(request.ts, nowMs);
    checkTarget(request.path, registry);
    const args: [Value] = [jsonToConvex(request.args)];
    this.#transaction.usage.countScheduled(getConvexSize(args));
    const name = canonicalPath(request.path);
    const parent = request.parentId === null ? null : this.get(request.parentId);
    const isCanceled = parent?.state.kind === "canceled";
    return this.#transaction.system.insert(
      SCHEDULED_FUNCTIONS,
      isCanceled
        ? { name, args, scheduledTime: nowMs, completedTime: nowMs, state: { kind: "canceled" } }
        : { name, args, scheduledTime, state: { kind: "pending" } },
    );
  }

  /**
   * Cancels a job that is pending or in progress; does nothing to one that is over. A function that is
   * running goes on, see {@link schedule}.
   *
   * @param selfId the scheduled function that asks, when it is a mutation
   * @throws EngineError InvalidArgument, ScheduledFunctionCancelingItself
   */
  cancel(id: string, selfId: string | null): void {
    const decoded = decodeDocumentId(id);
    if (!decoded.ok) {
      throw new EngineError(
        "InvalidArgument",
        `Invalid argument \`id\` for \`db.cancel_job\`: ${decoded.message}`,
      );
    }
    if (decoded.tableNumber !== SCHEDULED_FUNCTIONS.number) {
      throw new EngineError(
        "InvalidArgument",
        "Invalid scheduled function ID. The ID must be an ID on the '_scheduled_functions' table.",
      );
    }
    if (id === selfId) {
      throw new EngineError("ScheduledFunctionCancelingItself", "A mutation cannot cancel itself");
    }
    this.complete(id, { kind: "canceled" });
  }

  get(id: string): ScheduledFunction | null {
    return this.#transaction.system.get(SCHEDULED_FUNCTIONS, id) as ScheduledFunction | null;
  }

  /** Marks a pending job as in progress. @returns null when it is not, or no longer, pending */
  begin(id: string): ScheduledFunction | null {
    const job = this.get(id);
    if (job?.state.kind !== "pending") {
      return null;
    }
    this.#replace(job, { state: { kind: "inProgress" } });
    return job;
  }

  /** Ends a job that is pending or in progress; one that is over, or gone, stays as it is. */
  complete(id: string, state: ScheduledFunctionState): void {
    const job = this.get(id);
    if (job?.state.kind === "pending" || job?.state.kind === "inProgress") {
      this.#replace(job, { state, completedTime: this.#transaction.creationTime });
    }
  }

  /** Pending jobs, the one that is due first at the beginning. */
  *pending(): Generator<ScheduledFunction> {
    yield* this.#inState("pending");
  }

  /** Jobs in progress. */
  *inProgress(): Generator<ScheduledFunction> {
    yield* this.#inState("inProgress");
  }

  /** Deletes jobs that ended before a time, at most `limit`. @returns how many */
  deleteCompletedBefore(timeMs: number, limit: number): number {
    const completed = this.#transaction.system.query(SCHEDULED_FUNCTIONS, "by_completed_time", [
      { type: "Gt", fieldPath: "completedTime", value: null },
      { type: "Lt", fieldPath: "completedTime", value: timeMs },
    ]);
    let deleted = 0;
    for (const job of documentsOf(completed)) {
      if (deleted === limit) {
        break;
      }
      this.#transaction.system.delete(SCHEDULED_FUNCTIONS, job._id);
      deleted++;
    }
    return deleted;
  }

  *#inState(kind: ScheduledFunctionState["kind"]): Generator<ScheduledFunction> {
    yield* documentsOf(
      this.#transaction.system.query(SCHEDULED_FUNCTIONS, "by_state_and_scheduled_time", [
        { type: "Eq", fieldPath: "state.kind", value: kind },
      ]),
    );
  }

  #replace(job: ScheduledFunction, change: Partial<ScheduledFunction>): void {
    const fields = { ...job, ...change } as unknown as Record<string, Value>;
    this.#transaction.system.replace(SCHEDULED_FUNCTIONS, job._id, fields);
  }
}

function* documentsOf(query: DatabaseQuery): Generator<ScheduledFunction> {
  for (let found = query.next(); found !== null; found = query.next()) {
    yield found.value as unknown as ScheduledFunction;
  }
}

function scheduledTimeMs(seconds: unknown, nowMs: number): number {
  if (typeof seconds !== "number") {
    throw new EngineError("InvalidArgument", "Invalid arguments for `scheduler`: expected f64");
  }
  if (seconds < 0) {
    throw new EngineError(
      "InvalidArgument",
      "Invalid arguments for `ts`: cannot convert float seconds to Duration: value is negative",
    );
  }
  // Microseconds: makes whole milliseconds of what was divided by 1000.
  const timeMs = Math.round(seconds * 1e6) / 1e3;
  if (Math.abs(timeMs - nowMs) > MAX_SCHEDULING_DISTANCE_MS) {
    const direction = timeMs > nowMs ? "future" : "past";
    throw new EngineError(
      "InvalidScheduledFunctionDelay",
      `UnixTimestamp(${seconds}s) is more than 5 years in the ${direction}`,
    );
  }
  return timeMs;
}

function checkTarget(path: FunctionPath, registry: FunctionRegistry): void {
  if (registry.lookup(path) !== undefined) {
    return;
  }
  throw new EngineError(
    "InvalidScheduledFunction",
    registry.hasModule(path.module)
      ? `Attempted to schedule function, but no exported function ${path.functionName} found in the file: ${path.module}. Did you forget to export it?`
      : `Attempted to schedule function at nonexistent path: ${path.module}`,
  );
}
