import { convexToJson, type JSONValue, type Value } from "convex/values";
import { MAX_CRON_LOGS, MAX_CRON_RESULT_CHARACTERS } from "../limits.ts";
import { CRON_JOB_LOGS, CRON_JOBS, type SystemTable } from "../storage/systemTables.ts";
import type { RangeExpression } from "../transaction/indexRange.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { nextCronRunMs } from "./cronSchedule.ts";
import type { CronSpec } from "./readCrons.ts";

/** A document of `_cron_jobs`: a cron with its next run. */
export interface CronJob {
  _id: string;
  _creationTime: number;
  name: string;
  cronSpec: CronSpec;
  state: "pending" | "inProgress";
  previousRunMs: number | null;
  nextRunMs: number;
}

/** How a run ended, as `_cron_job_logs` keeps it. Canceled: runs that were missed and are skipped. */
export type CronRunStatus =
  | { type: "success"; result: { type: "default"; value: Value } | TruncatedResult }
  | { type: "err"; error: string }
  | { type: "canceled"; numCanceled: number };

interface TruncatedResult {
  type: "truncated";
  truncatedLog: string;
}

/** The crons of the app, as one transaction sees and changes them. */
export class Crons {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /**
   * Makes the stored crons those of the app: new ones get their first run, those that are gone are
   * removed with their logs, a changed schedule begins anew, and whatever is the same keeps its next run.
   */
  apply(specs: ReadonlyMap<string, CronSpec>, nowMs: number): void {
    const stored = new Map([...this.#all()].map((cron) => [cron.name, cron]));
    for (const [name, cron] of stored) {
      if (!specs.has(name)) {
        this.#transaction.system.delete(CRON_JOBS, cron._id);
        this.#keepLogs(name, 0);
      }
    }
    for (const [name, spec] of specs) {
      const cron = stored.get(name) ?? this.#create(name, spec);
      const isNew = !stored.has(name);
      if (isNew || !areEqual(cron.cronSpec.cronSchedule, spec.cronSchedule)) {
        const nextRunMs = nextCronRunMs(spec.cronSchedule, null, nowMs, seedOf(cron._id));
        this.#replace(cron, { cronSpec: spec, nextRunMs });
      } else if (!areEqual(cron.cronSpec, spec)) {
        this.#replace(cron, { cronSpec: spec });
      }
    }
  }

  /** Crons that do not run now, the one that is due first at the beginning. */
  *pending(): Generator<CronJob> {
    for (const cron of this.#all()) {
      if (cron.state === "pending") {
        yield cron;
      }
    }
  }

  /** Crons whose action is running, or was when the process ended. */
  *inProgress(): Generator<CronJob> {
    for (const cron of this.#all()) {
      if (cron.state === "inProgress") {
        yield cron;
      }
    }
  }

  /** The cron, if that run of it is still to come. */
  findRun(id: string, runMs: number): CronJob | null {
    const cron = this.#transaction.system.get(CRON_JOBS, id) as CronJob | null;
    return cron?.state === "pending" && cron.nextRunMs === runMs ? cron : null;
  }

  /** Marks a run as in progress. @returns false when it is no longer to come */
  begin(id: string, runMs: number): boolean {
    const cron = this.findRun(id, runMs);
    if (cron !== null) {
      this.#replace(cron, { state: "inProgress" });
    }
    return cron !== null;
  }

  /**
   * Records a run and plans the next. Runs of an interval that were missed meanwhile are skipped, with a
   * note; those of a calendar schedule without one, as on Convex.
   */
  finish(cron: CronJob, status: CronRunStatus, nowMs: number, executionSeconds: number): void {
    const { cronSchedule } = cron.cronSpec;
    const next = (previousMs: number): number =>
      nextCronRunMs(cronSchedule, previousMs, nowMs, seedOf(cron._id));
    this.#log(cron, cron.nextRunMs, status, executionSeconds);
    const firstMs = next(cron.nextRunMs);
    let nextRunMs = firstMs;
    if (cronSchedule.type === "interval" && firstMs < nowMs) {
      const numCanceled = Math.ceil((nowMs - firstMs) / (cronSchedule.seconds * 1_000));
      nextRunMs = firstMs + numCanceled * cronSchedule.seconds * 1_000;
      this.#log(cron, firstMs, { type: "canceled", numCanceled }, 0);
    }
    this.#keepLogs(cron.name, MAX_CRON_LOGS);
    this.#replace(cron, { state: "pending", previousRunMs: cron.nextRunMs, nextRunMs });
  }

  *#all(): Generator<CronJob> {
    yield* this.#documents(CRON_JOBS, "by_next_run", []) as Generator<CronJob>;
  }

  *#documents(
    table: SystemTable,
    indexName: string,
    range: RangeExpression[],
    order: "asc" | "desc" = "asc",
  ): Generator<unknown> {
    const query = this.#transaction.system.query(table, indexName, range, order);
    for (let found = query.next(); found !== null; found = query.next()) {
      yield found.value;
    }
  }

  #create(name: string, cronSpec: CronSpec): CronJob {
    const fields = { name, cronSpec, state: "pending", previousRunMs: null, nextRunMs: 0 } as const;
    const { system } = this.#transaction;
    const id = system.insert(CRON_JOBS, fields as unknown as Record<string, Value>);
    return system.get(CRON_JOBS, id) as unknown as CronJob;
  }

  #replace(cron: CronJob, change: Partial<CronJob>): void {
    const fields = { ...cron, ...change } as unknown as Record<string, Value>;
    this.#transaction.system.replace(CRON_JOBS, cron._id, fields);
  }

  #log(cron: CronJob, runMs: number, status: CronRunStatus, executionSeconds: number): void {
    this.#transaction.system.insert(CRON_JOB_LOGS, {
      name: cron.name,
      udfPath: cron.cronSpec.udfPath,
      udfArgs: cron.cronSpec.udfArgs,
      runMs,
      status: status as unknown as Value,
      executionSeconds,
    });
  }

  /** Keeps the newest logs of a cron. */
  #keepLogs(name: string, count: number): void {
    const range: RangeExpression[] = [{ type: "Eq", fieldPath: "name", value: name }];
    const logs = [...this.#documents(CRON_JOB_LOGS, "by_name", range, "desc")] as { _id: string }[];
    for (const { _id } of logs.slice(count)) {
      this.#transaction.system.delete(CRON_JOB_LOGS, _id);
    }
  }
}

/** A result as logs keep it: its beginning only, when it is long. */
export function cronResult(value: Value): (CronRunStatus & { type: "success" })["result"] {
  const text = JSON.stringify(convexToJson(value));
  return text.length <= MAX_CRON_RESULT_CHARACTERS
    ? { type: "default", value }
    : { type: "truncated", truncatedLog: text.slice(0, MAX_CRON_RESULT_CHARACTERS) };
}

function areEqual(a: object, b: object): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: object): string {
  return JSON.stringify(sorted(convexToJson(value as Value)));
}

function sorted(json: JSONValue): JSONValue {
  if (typeof json !== "object" || json === null) {
    return json;
  }
  return Array.isArray(json)
    ? json.map(sorted)
    : Object.fromEntries(
        Object.entries(json)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, value]) => [key, sorted(value)]),
      );
}

/** A number that stays with the cron and differs between crons and deployments: FNV-1a of its id. */
function seedOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
