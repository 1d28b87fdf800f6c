import {
  httpActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import type { Visibility } from "../../functions/FunctionRegistry.ts";

type Method = (...args: unknown[]) => unknown;

/** `ctx.db` of the `convex` package; what writes is in mutations only. */
export interface PackageDatabase {
  get: Method;
  query: Method;
  normalizeId: Method;
  table: Method;
  system: Omit<PackageDatabase, "system">;
  insert?: Method;
  patch?: Method;
  replace?: Method;
  delete?: Method;
  vars?: object;
}

/** The `ctx` that the `convex` package makes: it works through the global `Convex` and keeps no state. */
export interface PackageContext {
  db: PackageDatabase;
  [part: string]: unknown;
}

/** The `ctx` of an HTTP action, likewise. */
export interface PackageHttpContext {
  runQuery: Method;
  runMutation: Method;
  runAction: Method;
  [part: string]: unknown;
}

const REGISTER = {
  public: { Query: queryGeneric, Mutation: mutationGeneric },
  internal: { Query: internalQueryGeneric, Mutation: internalMutationGeneric },
} as const;

const known = new Map<string, PackageContext>();

/** The package's `ctx` for a kind of function, made once: nobody may change it. */
export function packageContext(type: "Query" | "Mutation", visibility: Visibility): PackageContext {
  const key = `${visibility} ${type}`;
  const context = known.get(key) ?? made(type, visibility);
  known.set(key, context);
  return context;
}

/** The package makes a `ctx` only for a function that it calls, which happens at once. */
function made(type: "Query" | "Mutation", visibility: Visibility): PackageContext {
  let context: unknown;
  const registered: unknown = REGISTER[visibility][type]((ctx: unknown) => {
    context = ctx;
    return null;
  });
  const invoke = registered as Record<"invokeQuery" | "invokeMutation", (args: string) => unknown>;
  void (type === "Query" ? invoke.invokeQuery("[{}]") : invoke.invokeMutation("[{}]"));
  return context as PackageContext;
}

/** The package's `ctx` of an HTTP action. */
export const PACKAGE_HTTP_CONTEXT = ((): PackageHttpContext => {
  let context: unknown;
  const registered: unknown = httpActionGeneric(async (ctx) => {
    context = ctx;
    return new Response();
  });
  void (registered as { invokeHttpAction(request: null): unknown }).invokeHttpAction(null);
  return context as PackageHttpContext;
})();
