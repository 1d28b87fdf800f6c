import { FunctionError } from "../errors.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import { displayLogLine, type LogLine } from "./FunctionLog.ts";
import { toFunctionError } from "./invokeFunction.ts";
import type { RunName } from "./RunName.ts";

/** Through what a function was called, in Convex's words; "Action": by a function outside of a transaction. */
export type CalledThrough =
  | "HttpApi"
  | "SyncWorker"
  | "HttpEndpoint"
  | "Action"
  | "Scheduler"
  | "Cron";

/** How one function run ended. Functions called inside another one's transaction belong to its run. */
export interface FunctionReport {
  /** "plans.js:get"; for an HTTP action "GET /path". */
  path: string;
  type: FunctionExecution["type"];
  calledThrough: CalledThrough;
  requestId: string;
  /** Milliseconds since 1970. */
  startedAtMs: number;
  durationMs: number;
  /** Null after a success. */
  error: string | null;
  /** Characters of the result's JSON text. */
  returnedCharacters: number;
  logLines: readonly LogLine[];
}

export type FunctionReportListener = (report: FunctionReport) => void;

/** A function's success. */
export interface CallResult {
  /** Convex JSON text. */
  valueText: string;
  /** What it wrote to the console, as Convex words it: "[LOG] 'text'". */
  logLines: string[];
}

/** Tells listeners how functions end, and their callers what they wrote to the console. */
export class FunctionObserver {
  readonly #listeners = new Set<FunctionReportListener>();

  /** @param listener must not throw. @returns a function that ends it */
  listen(listener: FunctionReportListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs a function's `work` and reports its end. A mutation is reported when its code has ended: should
   * the store fail after that, the report said success though its caller is told of the failure.
   *
   * @throws what `work` throws; a FunctionError then carries the run's log lines and request id
   */
  async run(
    execution: FunctionExecution,
    path: string,
    calledThrough: CalledThrough,
    work: () => Promise<string>,
  ): Promise<CallResult> {
    try {
      const valueText = await work();
      this.#report(execution, path, calledThrough, valueText.length, null);
      return { valueText, logLines: execution.log.lines.map(displayLogLine) };
    } catch (error) {
      if (error instanceof FunctionError) {
        error.logLines = execution.log.lines.map(displayLogLine);
        error.requestId = execution.requestId;
      }
      this.#report(execution, path, calledThrough, 0, toFunctionError(error).message);
      throw error;
    }
  }

  #report(
    execution: FunctionExecution,
    path: string,
    calledThrough: CalledThrough,
    returnedCharacters: number,
    error: string | null,
  ): void {
    if (this.#listeners.size === 0) {
      return;
    }
    const report = new RunReport(execution, path, calledThrough, returnedCharacters, error);
    for (const listener of this.#listeners) {
      listener(report);
    }
  }
}

/** Holds nothing of the run but what it tells: the log keeps a thousand of them. */
class RunReport implements FunctionReport {
  readonly path: string;
  readonly type: FunctionExecution["type"];
  readonly calledThrough: CalledThrough;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error: string | null;
  readonly returnedCharacters: number;
  readonly logLines: readonly LogLine[];
  readonly #name: RunName;

  constructor(
    execution: FunctionExecution,
    path: string,
    calledThrough: CalledThrough,
    returnedCharacters: number,
    error: string | null,
  ) {
    this.path = path;
    this.type = execution.type;
    this.calledThrough = calledThrough;
    this.startedAtMs = execution.startedAtMs;
    this.durationMs = execution.elapsedMs();
    this.error = error;
    this.returnedCharacters = returnedCharacters;
    this.logLines = execution.log.lines;
    this.#name = execution.name;
  }

  get requestId(): string {
    return this.#name.requestId;
  }
}
