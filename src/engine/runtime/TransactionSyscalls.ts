import { convexToJson, type JSONValue } from "convex/values";
import { EngineError } from "../errors.ts";
import { strippedPath } from "../functions/functionPath.ts";
import { ScheduledFunctions } from "../scheduler/ScheduledFunctions.ts";
import { StoreError } from "../storage/SqlStore.ts";
import type { SerializedQuery } from "../transaction/DatabaseQuery.ts";
import type { PageRequest } from "../transaction/paginate.ts";
import { withCommitTimestamp } from "../values/withCommitTimestamp.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import { DatabaseSyscalls, type SyscallArgument } from "./DatabaseSyscalls.ts";
import type { DirectAccess } from "./direct/DirectAccess.ts";
import { TransactionAccess } from "./direct/TransactionAccess.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import { type FunctionAddress, functionHandle, parseFunctionAddress } from "./functionAddress.ts";
import { DEPLOYMENT_METADATA_TEXT, requestMetadataText } from "./metadata.ts";
import { SyscallError } from "./syscallError.ts";
import { TABLE_INDEXES, TABLE_NAMES } from "./systemSyscalls.ts";
import type { TransactionCall } from "./TransactionCall.ts";

/** `ctx.runQuery` and `ctx.runMutation` of a query or mutation, as the `convex` package asks for them. */
export interface NestedCall extends FunctionAddress {
  udfType?: string;
  args: JSONValue;
}

/** The id of no query. */
const NO_QUERY = -1;

/** Answers the syscalls of one query or mutation. */
export class TransactionSyscalls implements SyscallHandler {
  readonly execution: FunctionExecution;
  readonly direct: DirectAccess;
  readonly #call: TransactionCall;
  readonly #database: DatabaseSyscalls;
  readonly #runNested: (nested: NestedCall) => Promise<string>;
  #storeError: StoreError | null = null;

  /** @param runNested runs another function in the same transaction; gives Convex JSON text */
  constructor(call: TransactionCall, runNested: (nested: NestedCall) => Promise<string>) {
    this.#call = call;
    this.#database = new DatabaseSyscalls(call);
    this.#runNested = runNested;
    this.execution = call.execution;
    this.direct = new TransactionAccess(call, this.#database, (answer) =>
      this.#failingAsSyscall(answer),
    );
  }

  /** The first failure of the store that a call met. */
  get storeError(): StoreError | null {
    return this.#storeError;
  }

  syscall(operation: string, argumentText: string): string {
    const argument = JSON.parse(argumentText) as SyscallArgument;
    if (operation === "1.0/queryStream" && this.execution.overrun() !== null) {
      // An error could be caught for ever; reading from this query ends the function.
      return JSON.stringify({ queryId: NO_QUERY });
    }
    return this.#failingAsSyscall(() => {
      switch (operation) {
        case "1.0/queryStream":
          return this.#database.openQuery(argument["query"] as unknown as SerializedQuery);
        case "1.0/queryCleanup":
          return this.#database.closeQuery(Number(argument["queryId"]));
        case "1.0/getSnapshotTs":
          return JSON.stringify(convexToJson(this.#call.transaction.snapshotTimestamp));
        case TABLE_NAMES:
          return JSON.stringify(this.#call.transaction.tableNames());
        case TABLE_INDEXES:
          return JSON.stringify(this.#call.transaction.tableIndexes(String(argument["table"])));
        case "1.0/db/normalizeId":
          return this.#database.normalizeId(
            String(argument["table"]),
            String(argument["idString"]),
          );
        default:
          throw new EngineError("UnknownOperation", `Unknown operation ${operation}`);
      }
    });
  }

  async asyncSyscall(operation: string, argumentText: string): Promise<string> {
    const argument = JSON.parse(
      withCommitTimestamp(argumentText, this.#call.transaction.commitTimestamp),
    ) as SyscallArgument;
    if (this.execution.overrun() !== null) {
      // Never answered: a function that catches errors could go on for ever, one that waits cannot.
      return await new Promise<never>(() => undefined);
    }
    if (operation === "1.0/runUdf") {
      try {
        return await this.#runNested(argument as unknown as NestedCall);
      } catch (error) {
        throw this.#asSyscallError(error);
      }
    }
    return this.#failingAsSyscall(() => this.#answer(operation, argument));
  }

  jsSyscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  #answer(operation: string, argument: SyscallArgument): string {
    const { transaction, hosted, identity } = this.#call;
    switch (operation) {
      case "1.0/get":
        return this.#database.get(argument);
      case "1.0/queryStreamNext":
        return this.#database.nextOfQuery(Number(argument["queryId"]));
      case "1.0/queryPage":
        return this.#database.page(argument as unknown as PageRequest);
      case "1.0/count":
        return this.#database.count(String(argument["table"]));
      case "1.0/insert":
      case "1.0/shallowMerge":
      case "1.0/replace":
      case "1.0/remove":
        this.#assertMutation();
        return this.#database.write(operation, argument);
      case "1.0/schedule":
        return this.#schedule(argument);
      case "1.0/cancel_job":
        return this.#cancelJob(String(argument["id"]));
      case "1.0/getUserIdentity":
        return JSON.stringify(identity);
      case "1.0/getFunctionMetadata":
        return JSON.stringify({ name: strippedPath(hosted.path), componentPath: "" });
      case "1.0/getTransactionMetrics":
        return JSON.stringify(transaction.usage.metrics());
      case "1.0/getDeploymentMetadata":
        return DEPLOYMENT_METADATA_TEXT;
      case "1.0/getRequestMetadata":
        return this.#requestMetadata();
      case "1.0/createFunctionHandle":
        return JSON.stringify(functionHandle(strippedPath(parseFunctionAddress(argument))));
      default:
        throw new EngineError("UnknownOperation", `Unknown async operation ${operation}`);
    }
  }

  #assertMutation(): void {
    if (this.#call.hosted.type !== "Mutation") {
      throw new EngineError("ReadOnly", "Only mutations can write to the database.");
    }
  }

  #schedule(argument: SyscallArgument): string {
    this.#assertMutation();
    const { transaction, registry, scheduledFunctionId } = this.#call;
    const path = parseFunctionAddress(argument as FunctionAddress);
    const args = argument["args"] as JSONValue;
    const request = { path, args, ts: argument["ts"], parentId: scheduledFunctionId };
    return JSON.stringify(new ScheduledFunctions(transaction).schedule(request, registry));
  }

  #cancelJob(id: string): string {
    this.#assertMutation();
    const { transaction, scheduledFunctionId } = this.#call;
    new ScheduledFunctions(transaction).cancel(id, scheduledFunctionId);
    return "null";
  }

  #requestMetadata(): string {
    const { hosted, identity, scheduledFunctionId } = this.#call;
    if (hosted.type !== "Mutation") {
      throw new EngineError(
        "RequestMetadataNotAllowed",
        `Cannot get request metadata in a ${hosted.type}`,
      );
    }
    return requestMetadataText(this.execution, identity, scheduledFunctionId);
  }

  #failingAsSyscall<T>(answer: () => T): T {
    const { time } = this.execution;
    try {
      return time === null ? answer() : time.inSyscall(answer);
    } catch (error) {
      throw this.#asSyscallError(error);
    }
  }

  #asSyscallError(error: unknown): SyscallError {
    if (error instanceof StoreError) {
      this.#storeError ??= error;
    }
    return SyscallError.from(error);
  }
}
