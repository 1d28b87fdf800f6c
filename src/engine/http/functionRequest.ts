import type { JSONValue } from "convex/values";
import { RequestError } from "../errors.ts";
import { readFormat, type ValueFormat } from "./valueFormat.ts";

/** A call of a function, as a request of Convex's HTTP API asks for it. */
export interface FunctionRequest {
  path: string;
  /** Convex JSON of the argument object. */
  args: JSONValue;
  format: ValueFormat;
}

/**
 * Reads `{path, args, format}`; `args` is an object, or an array of one.
 *
 * @throws RequestError 400 BadJsonBody, BadFormat
 */
export function readFunctionRequest(body: unknown): FunctionRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(400, "BadJsonBody", "The request body must be a JSON object.");
  }
  const { path, args, format } = body as Record<string, unknown>;
  if (typeof path !== "string") {
    throw new RequestError(400, "BadJsonBody", "`path` must name a function.");
  }
  const isWrapped = Array.isArray(args) && args.length <= 1;
  const argument = ((isWrapped ? args[0] : args) ?? {}) as JSONValue;
  return { path, args: argument, format: readFormat(format) };
}
