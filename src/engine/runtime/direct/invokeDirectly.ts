import type { Value } from "convex/values";
import type { Handler, HostedFunction, Visibility } from "../../functions/FunctionRegistry.ts";
import { FunctionValue } from "../FunctionValue.ts";
import type { DirectAccess } from "./DirectAccess.ts";
import { directDatabase } from "./directDatabase.ts";
import { ownParts } from "./ownParts.ts";
import { packageContext } from "./packageContext.ts";
import { PackageQuery, PackageQueryInitializer } from "./packageQuery.ts";
import { withDataAsText } from "./withDataAsText.ts";

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

function directContext(
  type: "Query" | "Mutation",
  visibility: Visibility,
  access: DirectAccess,
): object {
  const { db, ...parts } = packageContext(type, visibility);
  return { db: directDatabase(access, db), ...ownParts(parts) };
}
