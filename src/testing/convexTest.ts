import {
  type FunctionReference,
  type FunctionVisibility,
  type GenericDataModel,
  type GenericSchema,
  getFunctionAddress,
  type SchemaDefinition,
  type UserIdentity,
} from "convex/server";
import { convexToJson, type JSONValue, jsonToConvex, type Value } from "convex/values";
import type { FunctionType } from "../engine/functions/FunctionRegistry.ts";
import { strippedPath } from "../engine/functions/functionPath.ts";
import { parseFunctionAddress } from "../engine/runtime/functionAddress.ts";
import type { Identity } from "../engine/runtime/Identity.ts";
import { findSchema } from "../engine/schema/schema.ts";
import type { InlineHandler } from "./InlineFunctions.ts";
import type { TestConvex, TestConvexForDataModel } from "./TestConvex.ts";
import { TestDeployment } from "./TestDeployment.ts";
import { testIdentity } from "./testIdentity.ts";
import type { ModuleLoaders } from "./testModules.ts";

type AnySchema = SchemaDefinition<GenericSchema, boolean>;

export interface ConvexTestOptions<Schema extends AnySchema> {
  schema?: Schema;
  modules?: ModuleLoaders;
  /** Convex's limits hold here whatever this says. */
  transactionLimits?: boolean;
}

/**
 * A deployment of its own for one test: tests written for the `convex-test` package run on this engine
 * when they import `convexTest` from here.
 *
 * Functions run as they do behind the gateway, with its checks, limits and error texts; what was thrown
 * comes out as it was thrown. Nothing is kept. docs/testing.md lists what differs from `convex-test`.
 *
 * @param schema the default export of `schema.ts`; without one documents are not checked and there are
 *   no indexes
 * @param modules `import.meta.glob("./**\/*.*s")` from the root of the functions folder; without it the
 *   folder `convex` below the working directory
 * @throws SchemaError
 */
export function convexTest<Schema extends AnySchema>(
  schema?: Schema,
  modules?: ModuleLoaders,
): TestConvex<Schema>;
export function convexTest<Schema extends AnySchema>(
  options: ConvexTestOptions<Schema>,
): TestConvex<Schema>;
export function convexTest<Schema extends AnySchema>(
  schemaOrOptions?: Schema | ConvexTestOptions<Schema>,
  loaders?: ModuleLoaders,
): TestConvex<Schema> {
  const { schema, modules } =
    schemaOrOptions === undefined || "tables" in schemaOrOptions
      ? { schema: schemaOrOptions, modules: loaders }
      : schemaOrOptions;
  findSchema(schema);
  return accessor(new TestDeployment(schema, modules), null) as unknown as TestConvex<Schema>;
}

type Called =
  | FunctionReference<"query" | "mutation" | "action", FunctionVisibility>
  | InlineHandler;

function accessor(
  deployment: TestDeployment,
  identity: Identity | null,
): TestConvexForDataModel<GenericDataModel> {
  const call = async (type: FunctionType, called: Called, args: object = {}): Promise<Value> => {
    const run = (path: string, json: JSONValue) => deployment.call(path, type, json, identity);
    const text =
      typeof called === "function"
        ? await deployment.inline.with(type, called, run)
        : await run(pathOf(called), convexToJson(args as Value));
    return jsonToConvex(JSON.parse(text));
  };
  const methods = {
    query: (called: Called, args?: object) => call("Query", called, args),
    mutation: (called: Called, args?: object) => call("Mutation", called, args),
    action: (called: Called, args?: object) => call("Action", called, args),
    run: (handler: InlineHandler) => call("Mutation", handler),
    fetch: (path: string, init?: RequestInit) => deployment.fetch(path, init, identity),
    finishInProgressScheduledFunctions: () => deployment.finishInProgressScheduledFunctions(),
    finishAllScheduledFunctions: (advanceTimers: () => void, maxIterations?: number) =>
      deployment.finishAllScheduledFunctions(advanceTimers, maxIterations),
    withIdentity: (given: Partial<UserIdentity>) => accessor(deployment, testIdentity(given)),
  };
  return methods as unknown as TestConvexForDataModel<GenericDataModel>;
}

function pathOf(reference: Exclude<Called, InlineHandler>): string {
  return strippedPath(parseFunctionAddress(getFunctionAddress(reference)));
}
