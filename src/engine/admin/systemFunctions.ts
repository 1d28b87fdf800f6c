import {
  internalQueryGeneric,
  type PaginationResult,
  paginationOptsValidator,
} from "convex/server";
import { ConvexError, type JSONValue, jsonToConvex, v } from "convex/values";
import type { FunctionRegistry, HostedFunction, Modules } from "../functions/FunctionRegistry.ts";
import { canonicalPath } from "../functions/functionPath.ts";
import type { HttpRoute } from "../functions/httpRouter.ts";
import { MAX_SYSTEM_PAGE_BYTES, MAX_SYSTEM_PAGE_DOCUMENTS } from "../limits.ts";
import type { Environment, SnapshotExports } from "../ports.ts";
import { tableIndexes, tableNames } from "../runtime/systemSyscalls.ts";
import {
  ENVIRONMENT_VARIABLES,
  isSecretSystemTable,
  isSystemTable,
} from "../storage/systemTables.ts";
import { isSystemModule } from "./isSystemModule.ts";

/** What system functions tell of the deployment they belong to. */
export interface SystemFunctionSources {
  modules: Modules;
  /** Asked when a function runs: the registry holds the system functions too. */
  registry(): FunctionRegistry;
  httpRoutes: readonly HttpRoute[];
  environment: Environment;
  snapshotExports: SnapshotExports | null;
}

/**
 * The functions below `_system/` that the `convex` CLI and a dashboard ask, with Convex's names and
 * shapes: internal queries like any other, so that they are answered to admins only and subscriptions
 * to them follow the data. They read and never write.
 */
export function createSystemFunctions(sources: SystemFunctionSources): Modules {
  return new Map<string, Record<string, unknown>>([
    ["_system/cli/modules.js", { apiSpec: apiSpec(sources) }],
    ["_system/cli/tables.js", { default: tables }],
    ["_system/cli/tableData.js", { default: tableData }],
    ["_system/cli/tableSize.js", { default: tableSize }],
    ["_system/cli/queryTable.js", { default: queryTable }],
    ["_system/cli/queryEnvironmentVariables.js", { default: listVariables, get: getVariable }],
    ["_system/cli/convexUrl.js", convexUrls(sources.environment)],
    ["_system/cli/exports.js", { getLatest: latestExport(sources.snapshotExports) }],
    ["_system/cli/queryImport.js", { list: noImports }],
    ["_system/frontend/indexes.js", { default: indexes }],
  ]);
}

/** The parts of the `convex` package's database reader that take any table's name. */
interface AnyDatabase {
  query(tableName: string): AnyQuery;
}
interface AnyQuery {
  order(order: "asc" | "desc"): {
    paginate(options: object): Promise<PaginationResult<object>>;
  };
  withIndex(
    name: string,
    range?: (query: { eq(field: string, value: string): unknown }) => unknown,
  ): { collect(): Promise<StoredVariable[]>; unique(): Promise<StoredVariable | null> };
  count(): Promise<number>;
}
interface StoredVariable {
  name: string;
  value: string;
}

const tables = internalQueryGeneric({
  args: { paginationOpts: paginationOptsValidator },
  handler: () => ({
    page: tableNames()
      .filter((name) => !isSystemTable(name))
      .map((name) => ({ name })),
    isDone: true,
    continueCursor: "end",
  }),
});

const tableData = internalQueryGeneric({
  args: {
    table: v.string(),
    order: v.union(v.literal("asc"), v.literal("desc")),
    paginationOpts: paginationOptsValidator,
  },
  handler: (context, { table, order, paginationOpts }) =>
    shownDatabaseOf(context, table)
      .query(table)
      .order(order)
      .paginate({
        ...paginationOpts,
        maximumRowsRead: MAX_SYSTEM_PAGE_DOCUMENTS,
        maximumBytesRead: MAX_SYSTEM_PAGE_BYTES,
      }),
});

const tableSize = internalQueryGeneric({
  args: { tableName: v.string() },
  handler: (context, { tableName }) => shownDatabaseOf(context, tableName).query(tableName).count(),
});

/** Another result whenever a document of the table changes. */
const queryTable = internalQueryGeneric({
  args: { tableName: v.string() },
  handler: async (context, { tableName }) => {
    await shownDatabaseOf(context, tableName).query(tableName).count();
    return Math.random();
  },
});

const indexes = internalQueryGeneric({
  args: { tableName: v.string() },
  handler: (_, { tableName }) =>
    tableIndexes(tableName).map(({ name, fields }) => ({
      name,
      fields: [...fields],
    })),
});

const listVariables = internalQueryGeneric({
  args: {},
  handler: (context) => variables(context).withIndex("by_name").collect(),
});

/** Stored variables only: what the process brought with it may be a secret of the host's. */
const getVariable = internalQueryGeneric({
  args: { name: v.string() },
  handler: async (context, { name }) => {
    const found = await variables(context)
      .withIndex("by_name", (query) => query.eq("name", name))
      .unique();
    return found === null ? null : { name, value: found.value };
  },
});

/** Every export is complete by the time that its request is answered. */
function latestExport(snapshotExports: SnapshotExports | null): unknown {
  return internalQueryGeneric({
    args: {},
    handler: () => {
      const takenAt = snapshotExports?.latest ?? null;
      return takenAt === null
        ? null
        : {
            state: "completed",
            start_ts: takenAt,
            complete_ts: takenAt,
            zip_object_key: String(takenAt),
          };
    },
  });
}

/** The CLI asks before it imports, which this host then refuses. */
const noImports = internalQueryGeneric({ args: {}, handler: () => [] });

function convexUrls(environment: Environment): Record<string, unknown> {
  const url = (name: string) =>
    internalQueryGeneric({ args: {}, handler: () => environment.get(name) ?? null });
  return { cloudUrl: url("CONVEX_CLOUD_URL"), siteUrl: url("CONVEX_SITE_URL") };
}

function apiSpec({ modules, registry, httpRoutes }: SystemFunctionSources): unknown {
  return internalQueryGeneric({
    args: { componentId: v.optional(v.union(v.string(), v.null())) },
    handler: () => {
      const functions = [...registry().all()].filter(({ path }) => !isSystemModule(path.module));
      const routes = httpRoutes.map(({ method, path }) => ({
        functionType: "HttpAction",
        method,
        path,
      }));
      return [...functions.map((hosted) => functionSpec(hosted, modules)), ...routes];
    },
  });
}

function functionSpec({ path, type, visibility }: HostedFunction, modules: Modules): object {
  const exported = modules.get(path.module)?.[path.functionName] as {
    exportArgs(): string;
    exportReturns(): string;
  };
  const returns = JSON.parse(exported.exportReturns()) as JSONValue;
  return {
    identifier: canonicalPath(path),
    functionType: type,
    visibility: { kind: visibility },
    args: jsonToConvex(JSON.parse(exported.exportArgs()) as JSONValue),
    returns: jsonToConvex(returns ?? { type: "any" }),
  };
}

/** Nobody sees tables that may hold secrets; what of them is for admins has functions of its own. */
function shownDatabaseOf(context: { db: unknown }, tableName: string): AnyDatabase {
  if (isSecretSystemTable(tableName)) {
    throw new ConvexError(`The table ${tableName} is not shown.`);
  }
  return databaseOf(context, tableName);
}

function databaseOf(context: { db: unknown }, tableName: string): AnyDatabase {
  const db = context.db as AnyDatabase & { system: AnyDatabase };
  return isSystemTable(tableName) ? db.system : db;
}

function variables(context: { db: unknown }): AnyQuery {
  return databaseOf(context, ENVIRONMENT_VARIABLES.name).query(ENVIRONMENT_VARIABLES.name);
}
