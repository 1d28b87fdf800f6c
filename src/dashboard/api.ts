import {
  type DefaultFunctionArgs,
  type FunctionReference,
  type FunctionType,
  makeFunctionReference,
  type PaginationOptions,
  type PaginationResult,
} from "convex/server";
import type { Value } from "convex/values";
import { internal } from "../internal/_generated/api.ts";

/**
 * Everything that the dashboard asks, in one place. With the admin key internal functions are called like
 * public ones; only Convex's types have to be told.
 */
export const api: Callable<
  Pick<typeof internal, "dashboard" | "doctor" | "inbox" | "jobs" | "plans" | "reconcile">
> = internal as never;

type Callable<Modules> = {
  [Module in keyof Modules]: {
    [Name in keyof Modules[Module]]: Modules[Module][Name] extends FunctionReference<
      infer Type extends FunctionType,
      "internal",
      infer Args extends DefaultFunctionArgs,
      infer Returns
    >
      ? FunctionReference<Type, "public", Args, Returns>
      : never;
  };
};

/** A function as `_system/cli/modules:apiSpec` tells of it. */
export interface FunctionSpec {
  /** "plans.js:open" */
  identifier: string;
  functionType: "Query" | "Mutation" | "Action";
  visibility: { kind: "public" | "internal" };
  args: ValidatorJson;
}

/** A validator in Convex's JSON. */
export type ValidatorJson =
  | { type: "null" | "number" | "bigint" | "boolean" | "string" | "bytes" | "any" }
  | { type: "id"; tableName: string }
  | { type: "literal"; value: Value }
  | { type: "array"; value: ValidatorJson }
  | { type: "record" }
  | { type: "union"; value: ValidatorJson[] }
  | { type: "object"; value: Record<string, { fieldType: ValidatorJson; optional: boolean }> };

/** A document of any table. */
export interface AnyDocument extends Record<string, Value> {
  _id: string;
  _creationTime: number;
}

/** A row of the system table `_cron_jobs`. */
export type CronJob = AnyDocument & {
  name: string;
  state: string;
  cronSpec: { udfPath: string; cronSchedule: Record<string, Value> };
  previousRunMs: number | null;
  nextRunMs: number;
};

type NoArgs = Record<string, never>;

/** The engine's own functions, which the `convex` command line asks too. */
export const system = {
  functions: makeFunctionReference<
    "query",
    NoArgs,
    (FunctionSpec | { functionType: "HttpAction" })[]
  >("_system/cli/modules:apiSpec"),
  tables: makeFunctionReference<
    "query",
    { paginationOpts: PaginationOptions },
    PaginationResult<{ name: string }>
  >("_system/cli/tables"),
  tableData: makeFunctionReference<
    "query",
    { table: string; order: "asc" | "desc"; paginationOpts: PaginationOptions },
    PaginationResult<AnyDocument>
  >("_system/cli/tableData"),
  indexes: makeFunctionReference<
    "query",
    { tableName: string },
    { name: string; fields: string[] }[]
  >("_system/frontend/indexes"),
};
