import { convexToJson, type JSONValue, jsonToConvex, type Value } from "convex/values";
import { EngineError } from "../errors.ts";
import type { FunctionRegistry, HostedFunction } from "../functions/FunctionRegistry.ts";
import { strippedPath } from "../functions/functionPath.ts";
import { MAX_CALL_DEPTH } from "../limits.ts";
import type { AsyncContext } from "../ports.ts";
import { ScheduledFunctions } from "../scheduler/ScheduledFunctions.ts";
import { StoreError } from "../storage/SqlStore.ts";
import { isPrivateSystemTable } from "../storage/systemTables.ts";
import type { DatabaseQuery, SerializedQuery } from "../transaction/DatabaseQuery.ts";
import type { PageRequest } from "../transaction/paginate.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { tableNumberOfId } from "../values/documentId.ts";
import { withCommitTimestamp } from "../values/withCommitTimestamp.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import { type FunctionAddress, functionHandle, parseFunctionAddress } from "./functionAddress.ts";
import type { Identity } from "./Identity.ts";
import { invokeFunction } from "./invokeFunction.ts";
import { DEPLOYMENT_METADATA_TEXT, requestMetadataText } from "./metadata.ts";
import { SyscallError } from "./syscallError.ts";
import { TABLE_NAMES } from "./systemSyscalls.ts";

/** What one call inside a transaction runs with. */
export interface TransactionCall {
  hosted: HostedFunction;
  transaction: Transaction;
  registry: FunctionRegistry;
  context: AsyncContext<SyscallHandler>;
  identity: Identity | null;
  depth: number;
  execution: FunctionExecution;
  /** The scheduled function that this call is, or belongs to. */
  scheduledFunctionId?: string | null;
  /** Where a paginated query's page ends; absent where nobody comes back for the same page. */
  journal?: QueryJournal;
}

/**
 * What a query's run decided and its next run must decide alike (Convex's query journal): the end of the
 * page that it read. With it, pages that are read again neither overlap nor leave a gap.
 */
export interface QueryJournal {
  /** Of the run before. */
  readonly previousEndCursor: string | null;
  /** Of this run; null while nothing was paginated. */
  endCursor: string | null;
}

/**
 * Runs a query or mutation inside a transaction, and whatever it calls with `runQuery` and
 * `runMutation`: nested calls share the transaction, and a nested mutation that fails undoes its own
 * writes only.
 *
 * @returns the result's Convex JSON text
 * @throws FunctionError as its caller shall see it; StoreError when a read failed in the store, even
 *   when the function swallowed the failure
 */
export async function runInTransaction(call: TransactionCall, args: JSONValue): Promise<string> {
  const syscalls = new TransactionSyscalls(call);
  const { hosted, context, transaction } = call;
  try {
    const result = await invokeFunction(hosted, args, syscalls, context, transaction.tables);
    if (syscalls.storeError === null) {
      return withCommitTimestamp(result, transaction.commitTimestamp);
    }
  } catch (error) {
    if (syscalls.storeError === null) {
      throw error;
    }
  }
  throw syscalls.storeError;
}

type Argument = Record<string, JSONValue>;

/** The id of no query. */
const NO_QUERY = -1;

class TransactionSyscalls implements SyscallHandler {
  readonly execution: FunctionExecution;
  readonly #call: TransactionCall;
  readonly #queries = new Map<number, DatabaseQuery>();
  #nextQueryId = 0;
  #hasPaginated = false;
  /** The first failure of the store that a call met. */
  storeError: StoreError | null = null;

  constructor(call: TransactionCall) {
    this.#call = call;
    this.execution = call.execution;
  }

  syscall(operation: string, argumentText: string): string {
    const argument = JSON.parse(argumentText) as Argument;
    if (operation === "1.0/queryStream" && this.execution.overrun() !== null) {
      // An error could be caught for ever; reading from this query ends the function.
      return JSON.stringify({ queryId: NO_QUERY });
    }
    return this.#failingAsSyscall(() => {
      switch (operation) {
        case "1.0/queryStream":
          return this.#openQuery(argument["query"] as unknown as SerializedQuery);
        case "1.0/queryCleanup":
          return JSON.stringify(this.#queries.delete(Number(argument["queryId"])));
        case "1.0/getSnapshotTs":
          return JSON.stringify(convexToJson(this.#call.transaction.snapshotTimestamp));
        case TABLE_NAMES:
          return JSON.stringify(this.#call.transaction.tableNames());
        case "1.0/db/normalizeId":
          return this.#normalizeId(String(argument["table"]), String(argument["idString"]));
        default:
          throw new EngineError("UnknownOperation", `Unknown operation ${operation}`);
      }
    });
  }

  async asyncSyscall(operation: string, argumentText: string): Promise<string> {
    const argument = JSON.parse(
      withCommitTimestamp(argumentText, this.#call.transaction.commitTimestamp),
    ) as Argument;
    if (this.execution.overrun() !== null) {
      // Never answered: a function that catches errors could go on for ever, one that waits cannot.
      return await new Promise<never>(() => undefined);
    }
    if (operation === "1.0/runUdf") {
      return this.#runNested(argument);
    }
    return this.#failingAsSyscall(() => this.#answer(operation, argument));
  }

  jsSyscall(operation: string): never {
    throw new SyscallError(`Unknown operation ${operation}`);
  }

  #answer(operation: string, argument: Argument): string {
    const { transaction, hosted, identity } = this.#call;
    switch (operation) {
      case "1.0/get":
        return this.#get(argument);
      case "1.0/queryStreamNext":
        return this.#nextOfQuery(Number(argument["queryId"]));
      case "1.0/queryPage":
        return this.#page(argument as unknown as PageRequest);
      case "1.0/count":
        return JSON.stringify(transaction.count(String(argument["table"])));
      case "1.0/insert":
      case "1.0/shallowMerge":
      case "1.0/replace":
      case "1.0/remove":
        return this.#write(operation, argument);
      case "1.0/schedule":
      case "1.0/cancel_job":
        return this.#schedule(operation, argument);
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

  #requestMetadata(): string {
    const { hosted, identity, scheduledFunctionId } = this.#call;
    if (hosted.type !== "Mutation") {
      throw new EngineError(
        "RequestMetadataNotAllowed",
        `Cannot get request metadata in a ${hosted.type}`,
      );
    }
    return requestMetadataText(this.execution, identity, scheduledFunctionId ?? null);
  }

  /** Secrets and other callers' results are for the engine's own functions only. */
  #assertVisible(tableName: string | null): void {
    const isOwn = this.#call.hosted.path.module.startsWith("_system/");
    if (tableName !== null && isPrivateSystemTable(tableName) && !isOwn) {
      throw new EngineError("SystemTableError", `The system table ${tableName} is private.`);
    }
  }

  #get(argument: Argument): string {
    const table = argument["table"] as string | undefined;
    const tableNumber = tableNumberOfId(String(argument["id"])) ?? 0;
    this.#assertVisible(this.#call.transaction.tables.nameOf(tableNumber));
    const document = this.#call.transaction.get(
      String(argument["id"]),
      table,
      argument["isSystem"] === true,
    );
    return document === null ? "null" : document.json;
  }

  #openQuery(query: SerializedQuery): string {
    this.#assertVisible(queriedTable(query));
    const queryId = this.#nextQueryId++;
    this.#queries.set(queryId, this.#call.transaction.openQuery(query));
    return JSON.stringify({ queryId });
  }

  #nextOfQuery(queryId: number): string {
    const query = this.#queries.get(queryId);
    if (query === undefined) {
      throw new EngineError("QueryClosed", `Query ${queryId} is not open.`);
    }
    const document = query.next();
    return document === null
      ? `{"value":null,"done":true}`
      : `{"value":${document.json},"done":false}`;
  }

  #page(argument: PageRequest): string {
    if (this.#hasPaginated) {
      throw new EngineError(
        "MultiplePaginatedDatabaseQueries",
        "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.",
      );
    }
    this.#hasPaginated = true;
    this.#assertVisible(queriedTable(argument.query));
    const { journal, transaction } = this.#call;
    const endCursor = argument.endCursor ?? journal?.previousEndCursor ?? null;
    const page = transaction.paginate({ ...argument, endCursor });
    if (journal !== undefined) {
      journal.endCursor = page.continueCursor;
    }
    const documents = page.documents.map((document) => document.json).join(",");
    const rest = { splitCursor: null, pageStatus: null };
    const { isDone, continueCursor } = page;
    return `{"page":[${documents}],${JSON.stringify({ isDone, continueCursor, ...rest }).slice(1)}`;
  }

  #schedule(operation: string, argument: Argument): string {
    this.#assertMutation();
    const { transaction, registry, scheduledFunctionId = null } = this.#call;
    const jobs = new ScheduledFunctions(transaction);
    if (operation === "1.0/cancel_job") {
      jobs.cancel(String(argument["id"]), scheduledFunctionId);
      return "null";
    }
    const path = parseFunctionAddress(argument as FunctionAddress);
    const args = argument["args"] as JSONValue;
    const request = { path, args, ts: argument["ts"], parentId: scheduledFunctionId };
    return JSON.stringify(jobs.schedule(request, registry));
  }

  #assertMutation(): void {
    if (this.#call.hosted.type !== "Mutation") {
      throw new EngineError("ReadOnly", "Only mutations can write to the database.");
    }
  }

  #write(operation: string, argument: Argument): string {
    this.#assertMutation();
    const { transaction } = this.#call;
    const id = String(argument["id"]);
    const table = argument["table"] as string | undefined;
    switch (operation) {
      case "1.0/insert": {
        const fields = jsonToConvex(argument["value"] as JSONValue) as Record<string, Value>;
        return JSON.stringify({ _id: transaction.insert(String(table), fields) });
      }
      case "1.0/shallowMerge":
        transaction.patch(id, patchFields(argument["value"] as Argument), table);
        return "null";
      case "1.0/replace": {
        const fields = jsonToConvex(argument["value"] as JSONValue) as Record<string, Value>;
        transaction.replace(id, fields, table);
        return "null";
      }
      default:
        transaction.delete(id, table);
        return "null";
    }
  }

  #normalizeId(table: string, idString: string): string {
    return JSON.stringify({ id: this.#call.transaction.normalizeId(table, idString) });
  }

  async #runNested(argument: Argument): Promise<string> {
    const { hosted, transaction, registry, depth } = this.#call;
    const savepoint = transaction.savepoint();
    try {
      const type = argument["udfType"] === "mutation" ? "Mutation" : "Query";
      if (type === "Mutation" && hosted.type === "Query") {
        throw new EngineError(
          "WrongFunctionType",
          "Cannot call a Mutation function from a Query function",
        );
      }
      if (depth >= MAX_CALL_DEPTH) {
        throw new EngineError(
          "CallDepthExceeded",
          "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
        );
      }
      const path = parseFunctionAddress(argument as FunctionAddress);
      const nested = registry.find(path, "insider", type);
      // The journal is of the query that was asked for: a nested one pages on its own.
      const { journal: _, ...inherited } = this.#call;
      const call = { ...inherited, hosted: nested, depth: depth + 1 };
      return await runInTransaction(call, argument["args"] as JSONValue);
    } catch (error) {
      transaction.rollbackTo(savepoint);
      this.#remember(error);
      throw SyscallError.from(error);
    }
  }

  #failingAsSyscall(answer: () => string): string {
    try {
      return this.execution.time?.inSyscall(answer) ?? answer();
    } catch (error) {
      this.#remember(error);
      throw SyscallError.from(error);
    }
  }

  #remember(error: unknown): void {
    if (error instanceof StoreError) {
      this.storeError ??= error;
    }
  }
}

function queriedTable({ source }: SerializedQuery): string | null {
  return source.type === "FullTableScan"
    ? source.tableName
    : (source.indexName.split(".")[0] ?? null);
}

function patchFields(json: Argument): Record<string, Value | undefined> {
  const fields: Record<string, Value | undefined> = {};
  for (const [field, value] of Object.entries(json)) {
    const isUndefined = typeof value === "object" && value !== null && "$undefined" in value;
    fields[field] = isUndefined ? undefined : jsonToConvex(value);
  }
  return fields;
}
