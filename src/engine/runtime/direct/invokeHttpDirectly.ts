import { getFunctionAddress } from "convex/server";
import { ConvexError, type JSONValue, jsonToConvex, type Value } from "convex/values";
import type { FunctionType } from "../../functions/FunctionRegistry.ts";
import type { HttpHandler } from "../../functions/httpRouter.ts";
import { isPlainObject } from "../../values/isPlainObject.ts";
import { NOT_SIMPLE, simpleCopy } from "../../values/simpleCopy.ts";
import type { FunctionAddress } from "../functionAddress.ts";
import { SyscallError } from "../syscallError.ts";
import { ownParts } from "./ownParts.ts";
import { PACKAGE_HTTP_CONTEXT } from "./packageContext.ts";
import { withDataAsText } from "./withDataAsText.ts";

/** Calls another function. @returns its result's Convex JSON text @throws SyscallError */
export type DirectCall = (
  type: FunctionType,
  address: FunctionAddress,
  args: JSONValue,
) => Promise<string>;

/**
 * Calls the handler of an HTTP action as `invokeHttpAction` of the `convex` package does, with the same `ctx`
 * but for its calls of other functions, which hand simple arguments on without JSON.
 *
 * @throws what the handler throws, a `ConvexError` with its data as JSON text
 */
export async function invokeHttpDirectly(
  handler: HttpHandler,
  request: Request,
  call: DirectCall,
): Promise<Response> {
  const { runQuery, runMutation, runAction, ...parts } = PACKAGE_HTTP_CONTEXT;
  const context = {
    runQuery: directly(call, "Query", runQuery),
    runMutation: directly(call, "Mutation", runMutation),
    runAction: directly(call, "Action", runAction),
    ...ownParts(parts),
  };
  try {
    return await handler(context, request);
  } catch (thrown) {
    throw withDataAsText(thrown);
  }
}

type Run = (...args: unknown[]) => unknown;

/** Arguments that are not simple, wrong ones included, go on to the package's own. */
function directly(call: DirectCall, type: FunctionType, original: Run): Run {
  return async (reference, args) => {
    const copy = typeof args === "object" && args !== null ? simpleCopy(args) : NOT_SIMPLE;
    if (copy === NOT_SIMPLE || !isPlainObject(copy)) {
      return await original(reference, args);
    }
    const address = getFunctionAddress(reference);
    try {
      // A simple value is its own Convex JSON.
      return resultOf(await call(type, address, copy as JSONValue));
    } catch (error) {
      throw asThePackage(error);
    }
  };
}

function resultOf(text: string): Value {
  return jsonToConvex(JSON.parse(text) as JSONValue);
}

/** A failed call as the package throws it on. */
function asThePackage(error: unknown): unknown {
  if (!(error instanceof SyscallError)) {
    return error;
  }
  if (error.data === undefined) {
    return new Error(error.message);
  }
  const rethrown = new ConvexError<Value>(error.message);
  rethrown.data = jsonToConvex(error.data);
  return rethrown;
}
