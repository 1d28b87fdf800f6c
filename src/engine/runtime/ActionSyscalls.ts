import type { JSONValue } from "convex/values";
import { EngineError } from "../errors.ts";
import type { FunctionType } from "../functions/FunctionRegistry.ts";
import { type FunctionPath, strippedPath } from "../functions/functionPath.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import { type FunctionAddress, functionHandle, parseFunctionAddress } from "./functionAddress.ts";
import type { Identity } from "./Identity.ts";
import { SyscallError } from "./syscallError.ts";

/** How an action reaches other functions: each call is a transaction, or an action, of its own. */
export type CallFunction = (
  path: FunctionPath,
  type: FunctionType,
  args: JSONValue,
  identity: Identity | null,
) => Promise<string>;

const CALLED_TYPES: Record<string, FunctionType> = {
  "1.0/actions/query": "Query",
  "1.0/actions/mutation": "Mutation",
  "1.0/actions/action": "Action",
};

/** Answers the syscalls of one action or HTTP action. */
export class ActionSyscalls implements SyscallHandler {
  readonly #path: FunctionPath;
  readonly #identity: Identity | null;
  readonly #call: CallFunction;

  constructor(path: FunctionPath, identity: Identity | null, call: CallFunction) {
    this.#path = path;
    this.#identity = identity;
    this.#call = call;
  }

  syscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  async asyncSyscall(operation: string, argumentText: string): Promise<string> {
    const argument = JSON.parse(argumentText) as FunctionAddress & { args: JSONValue };
    try {
      const type = CALLED_TYPES[operation];
      return type === undefined
        ? this.#answer(operation, argument)
        : await this.#call(parseFunctionAddress(argument), type, argument.args, this.#identity);
    } catch (error) {
      throw SyscallError.from(error);
    }
  }

  jsSyscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  #answer(operation: string, argument: FunctionAddress): string {
    switch (operation) {
      case "1.0/getUserIdentity":
        return JSON.stringify(this.#identity);
      case "1.0/getFunctionMetadata":
        return JSON.stringify({ name: strippedPath(this.#path), componentPath: "" });
      case "1.0/createFunctionHandle":
        return JSON.stringify(functionHandle(strippedPath(parseFunctionAddress(argument))));
      default:
        throw new EngineError("UnknownOperation", `Unknown async operation ${operation}`);
    }
  }
}
