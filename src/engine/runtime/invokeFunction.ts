import { getConvexSize, type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError, FunctionError } from "../errors.ts";
import type { HostedFunction } from "../functions/FunctionRegistry.ts";
import { MAX_ARGUMENTS_BYTES, MAX_RESULT_BYTES } from "../limits.ts";
import type { AsyncContext } from "../ports.ts";
import {
  checkValue,
  formatArgumentError,
  formatReturnsError,
  type TableNumbers,
} from "../schema/validator.ts";
import { displayBytes } from "../values/displayBytes.ts";
import { displayValue } from "../values/displayValue.ts";
import { greatestSize } from "../values/greatestSize.ts";
import { checkValueRules } from "../values/valueRules.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import { invokeDirectly } from "./direct/invokeDirectly.ts";
import { FunctionValue } from "./FunctionValue.ts";

/**
 * Runs one function: checks its arguments, calls it with `handler` answering its syscalls, checks its
 * result.
 *
 * @param args Convex JSON of the one argument
 * @returns the result's Convex JSON text
 * @throws FunctionError for a refused argument or result and for whatever the function threw
 */
export async function invokeFunction(
  hosted: HostedFunction,
  args: JSONValue,
  handler: SyscallHandler,
  context: AsyncContext<SyscallHandler>,
  tables: TableNumbers,
): Promise<string> {
  const value = checkedArguments(hosted, args, tables);
  let result: FunctionValue;
  try {
    result = await context.run(handler, () =>
      handler.direct === undefined || hosted.handler === null
        ? hosted.invoke(JSON.stringify([args])).then(FunctionValue.fromText)
        : invokeDirectly(hosted, hosted.handler, value, handler.direct),
    );
  } catch (thrown) {
    throw toFunctionError(thrown);
  }
  checkResult(hosted, result, tables);
  return result.text;
}

/** How a thrown value reads to the caller: `Uncaught Error: …`, with a `ConvexError`'s data. */
export function toFunctionError(thrown: unknown): FunctionError {
  if (thrown instanceof FunctionError) {
    return thrown;
  }
  if (thrown instanceof EngineError) {
    return new FunctionError(thrown.message, undefined, thrown);
  }
  if (typeof thrown !== "object" || thrown === null) {
    return new FunctionError(`Uncaught ${String(thrown)}`);
  }
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  const text = `Uncaught ${String(name ?? "Error")}: ${String(message ?? "")}`;
  return new FunctionError(text, takeConvexErrorData(thrown), thrown);
}

/**
 * The `convex` package replaces a `ConvexError`'s data by its JSON text before it rethrows. The value
 * is put back, or an error object that is thrown twice would be encoded twice.
 */
function takeConvexErrorData(thrown: object): JSONValue | undefined {
  const isConvexError = Symbol.for("ConvexError") in thrown;
  const error = thrown as { data?: unknown };
  if (!isConvexError || typeof error.data !== "string") {
    return undefined;
  }
  const data = JSON.parse(error.data) as JSONValue;
  error.data = jsonToConvex(data);
  return data;
}

function checkedArguments(hosted: HostedFunction, args: JSONValue, tables: TableNumbers): Value {
  const { name } = hosted;
  const value = decodedArguments(args, name);
  const canBeTooLarge = greatestSize([value]) > MAX_ARGUMENTS_BYTES;
  const argsBytes = canBeTooLarge ? getConvexSize([value]) : 0;
  if (argsBytes > MAX_ARGUMENTS_BYTES) {
    throw new FunctionError(
      `Arguments for ${name} are too large (actual: ${displayBytes(argsBytes)}, limit: ${displayBytes(MAX_ARGUMENTS_BYTES)})`,
    );
  }
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    value instanceof ArrayBuffer
  ) {
    throw new FunctionError(
      `Expected to receive an object as the function's argument. Instead received: ${displayValue(value)}`,
    );
  }
  const failure = checkValue(hosted.args, value, tables);
  if (failure !== null) {
    throw new FunctionError(formatArgumentError(failure));
  }
  return value;
}

function checkResult(hosted: HostedFunction, result: FunctionValue, tables: TableNumbers): void {
  const canBeTooLarge = result.text.length * MAX_BYTES_PER_CHARACTER > MAX_RESULT_BYTES;
  const bytes = canBeTooLarge ? getConvexSize(result.value) : 0;
  if (bytes > MAX_RESULT_BYTES) {
    throw new FunctionError(
      `Function ${hosted.name} return value is too large (actual: ${displayBytes(bytes)}, limit: ${displayBytes(MAX_RESULT_BYTES)})`,
    );
  }
  if (hosted.returns !== null) {
    const failure = checkValue(hosted.returns, result.value, tables);
    if (failure !== null) {
      throw new FunctionError(formatReturnsError(failure));
    }
  }
}

/** A character of Convex JSON stands for at most so many bytes: "0," is a number of 9 bytes. */
const MAX_BYTES_PER_CHARACTER = 5;

function decodedArguments(json: JSONValue, name: string): Value {
  try {
    const value = jsonToConvex(json);
    checkValueRules(value);
    return value;
  } catch (error) {
    throw new FunctionError(`Invalid arguments for ${name}: ${(error as Error).message}`);
  }
}
