import type { JSONValue } from "convex/values";
import { EngineError, RequestError } from "../errors.ts";
import type { FunctionType } from "../functions/FunctionRegistry.ts";
import { type FunctionPath, strippedPath } from "../functions/functionPath.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import type { DirectCall } from "./direct/invokeHttpDirectly.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import { type FunctionAddress, functionHandle, parseFunctionAddress } from "./functionAddress.ts";
import type { Identity } from "./Identity.ts";
import { DEPLOYMENT_METADATA_TEXT, requestMetadataText } from "./metadata.ts";
import { SyscallError } from "./syscallError.ts";

/** How an action reaches other functions: each call is a transaction, or an action, of its own. */
export type CallFunction = (
  path: FunctionPath,
  type: FunctionType,
  args: JSONValue,
  identity: Identity | null,
) => Promise<string>;

type ActionArgument = FunctionAddress & { args: JSONValue; ts?: unknown; id?: unknown };

const CALLED_TYPES: Record<string, FunctionType> = {
  "1.0/actions/query": "Query",
  "1.0/actions/mutation": "Mutation",
  "1.0/actions/action": "Action",
};

/** `ctx.scheduler` of an action: each call is a transaction of its own. */
export interface ActionScheduler {
  /** The scheduled function that the action is, or belongs to. */
  readonly scheduledFunctionId: string | null;
  /** @returns the id of the scheduled function */
  schedule(path: FunctionPath, args: JSONValue, ts: unknown): Promise<string>;
  cancel(id: string): Promise<void>;
}

/** Answers the syscalls of one action or HTTP action. */
export class ActionSyscalls implements SyscallHandler {
  readonly execution: FunctionExecution;
  readonly #path: FunctionPath;
  readonly #identity: Identity | RequestError | null;
  readonly #call: CallFunction;
  readonly #scheduler: ActionScheduler;
  #abandoned = false;

  constructor(
    execution: FunctionExecution,
    path: FunctionPath,
    identity: Identity | RequestError | null,
    call: CallFunction,
    scheduler: ActionScheduler,
  ) {
    this.execution = execution;
    this.#path = path;
    this.#identity = identity;
    this.#call = call;
    this.#scheduler = scheduler;
  }

  /** Refuses every further call: the action has failed already, whatever its code still does. */
  abandon(): void {
    this.#abandoned = true;
  }

  syscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  async asyncSyscall(operation: string, argumentText: string): Promise<string> {
    const argument = JSON.parse(argumentText) as ActionArgument;
    const type = CALLED_TYPES[operation];
    return type === undefined
      ? await this.#failingAsSyscall(() => this.#answer(operation, argument))
      : await this.call(type, argument, argument.args);
  }

  readonly call: DirectCall = (type, address, args) =>
    this.#failingAsSyscall(() =>
      this.#call(parseFunctionAddress(address), type, args, this.#inherited()),
    );

  jsSyscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  async #failingAsSyscall(answer: () => Promise<string>): Promise<string> {
    try {
      if (this.#abandoned) {
        throw new EngineError("ActionAbandoned", "This action has timed out already.");
      }
      return await answer();
    } catch (error) {
      throw SyscallError.from(error);
    }
  }

  /** Convex: only the HTTP action itself learns that its token was refused. */
  #inherited(): Identity | null {
    return this.#identity instanceof RequestError ? null : this.#identity;
  }

  async #answer(operation: string, argument: ActionArgument): Promise<string> {
    switch (operation) {
      case "1.0/actions/schedule": {
        const path = parseFunctionAddress(argument);
        return JSON.stringify(await this.#scheduler.schedule(path, argument.args, argument.ts));
      }
      case "1.0/actions/cancel_job":
        await this.#scheduler.cancel(String(argument.id));
        return "null";
      case "1.0/getUserIdentity":
        if (this.#identity instanceof RequestError) {
          throw this.#identity;
        }
        return JSON.stringify(this.#identity);
      case "1.0/getFunctionMetadata":
        return JSON.stringify({ name: strippedPath(this.#path), componentPath: "" });
      case "1.0/getDeploymentMetadata":
        return DEPLOYMENT_METADATA_TEXT;
      case "1.0/getRequestMetadata":
        return requestMetadataText(
          this.execution,
          this.#inherited(),
          this.#scheduler.scheduledFunctionId,
        );
      case "1.0/createFunctionHandle":
        return JSON.stringify(functionHandle(strippedPath(parseFunctionAddress(argument))));
      default:
        throw new EngineError("UnknownOperation", `Unknown async operation ${operation}`);
    }
  }
}
