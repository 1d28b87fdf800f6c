import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import type { FunctionRegistry, Modules } from "../functions/FunctionRegistry.ts";
import { canonicalPath, parseFunctionPath } from "../functions/functionPath.ts";
import { type CronSchedule, parseCronSchedule } from "./cronSchedule.ts";

/** One cron as the app declares it. */
export interface CronSpec {
  /** "plans.js:work" */
  udfPath: string;
  udfArgs: [Value];
  cronSchedule: CronSchedule;
}

interface ExportedCrons {
  isCrons?: unknown;
  export?(): string;
}

/**
 * The crons of a functions folder by name: what `crons.js` exports by default, made by `cronJobs()` of
 * `convex/server`. None when there is no such module.
 *
 * @throws EngineError InvalidCron for anything that could not be run
 */
export function readCrons(modules: Modules, registry: FunctionRegistry): Map<string, CronSpec> {
  const module = modules.get("crons.js");
  const crons = new Map<string, CronSpec>();
  if (module === undefined) {
    return crons;
  }
  if (!("default" in module)) {
    throw invalid("`convex/crons.js` must have a default export of a Crons object.");
  }
  const exported = module["default"] as ExportedCrons | null | undefined;
  if (exported?.isCrons !== true || typeof exported.export !== "function") {
    throw invalid("The default export of `convex/crons.js` is not a Crons object.");
  }
  const json = JSON.parse(exported.export()) as Record<string, ExportedCron>;
  for (const [name, cron] of Object.entries(json)) {
    crons.set(name, parseCron(name, cron, registry));
  }
  return crons;
}

interface ExportedCron {
  name: string;
  args: JSONValue[];
  schedule: unknown;
}

function parseCron(name: string, cron: ExportedCron, registry: FunctionRegistry): CronSpec {
  const path = parseFunctionPath(cron.name);
  const hosted = registry.lookup(path);
  if (hosted === undefined || hosted.type === "Query") {
    const problem = hosted === undefined ? "does not exist" : "is a query";
    throw invalid(
      `The cron ${JSON.stringify(name)} runs ${canonicalPath(path)}, which ${problem}. Crons run mutations and actions.`,
    );
  }
  return {
    udfPath: canonicalPath(path),
    udfArgs: [jsonToConvex(cron.args[0] ?? {})],
    cronSchedule: parseCronSchedule(cron.schedule),
  };
}

function invalid(message: string): EngineError {
  return new EngineError("InvalidCron", message);
}
