import { convexToJson, type Value } from "convex/values";
import type { Handler, HostedFunction, Visibility } from "../../functions/FunctionRegistry.ts";
import { FunctionValue } from "../FunctionValue.ts";
import type { DirectAccess } from "./DirectAccess.ts";
import { directDatabase } from "./directDatabase.ts";
import { packageContext } from "./packageContext.ts";
import { PackageQuery, PackageQueryInitializer } from "./packageQuery.ts";

/**
 * Calls the handler of a query or mutation as `invokeQuery` and `invokeMutation` of the `convex` package
 * do, with the same `ctx` but for `ctx.db`, which works without JSON.
 *
 * @param args the one argument, which becomes the handler's own
 * @throws what the handler throws, a `ConvexError` with its data as JSON text; Error for a result that is
 *   no Convex value
 */
export async function invokeDirectly(
  { type, visibility }: HostedFunction,
  handler: Handler,
  args: Value,
  access: DirectAccess,
): Promise<FunctionValue> {
  let result: unknown;
  try {
    result = await handler(
      directContext(type === "Mutation" ? type : "Query", visibility, access),
      args,
    );
  } catch (thrown) {
    throw withDataAsText(thrown);
  }
  if (result instanceof PackageQuery || result instanceof PackageQueryInitializer) {
    throw new Error(
      "Return value is a Query. Results must be retrieved with `.collect()`, `.take(n), `.unique()`, or `.first()`.",
    );
  }
  return FunctionValue.fromResult(result);
}

/** Parts are copies: a function may change its own `ctx`, and no other one's. */
function directContext(
  type: "Query" | "Mutation",
  visibility: Visibility,
  access: DirectAccess,
): object {
  const original = packageContext(type, visibility);
  const context: Record<string, unknown> = { db: directDatabase(access, original.db) };
  for (const part in original) {
    if (part !== "db") {
      const value = original[part];
      context[part] = typeof value === "object" ? { ...value } : value;
    }
  }
  return context;
}

function withDataAsText(thrown: unknown): unknown {
  if (typeof thrown === "object" && thrown !== null && Symbol.for("ConvexError") in thrown) {
    const error = thrown as unknown as { data?: Value; ConvexErrorSymbol?: symbol };
    error.data = JSON.stringify(convexToJson(error.data === undefined ? null : error.data));
    error.ConvexErrorSymbol = Symbol.for("ConvexError");
  }
  return thrown;
}
