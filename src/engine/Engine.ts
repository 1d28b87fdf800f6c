import type { JSONValue } from "convex/values";
import { EnvironmentVariables } from "./admin/EnvironmentVariables.ts";
import { ExecutionLog } from "./admin/ExecutionLog.ts";
import { createSystemFunctions } from "./admin/systemFunctions.ts";
import { Authenticator } from "./auth/Authenticator.ts";
import { findAuthProviders } from "./auth/authConfig.ts";
import { FunctionError, OverloadedError, type RequestError } from "./errors.ts";
import {
  type Audience,
  FunctionRegistry,
  type FunctionType,
  type HostedFunction,
  type Modules,
} from "./functions/FunctionRegistry.ts";
import { canonicalPath, type FunctionPath, parseFunctionPath } from "./functions/functionPath.ts";
import { findHttpRouter, type HttpRouter } from "./functions/httpRouter.ts";
import { boundedResponse } from "./http/boundedResponse.ts";
import { MAX_ACTION_MS, MAX_CONCURRENT_ACTIONS } from "./limits.ts";
import type {
  AsyncContext,
  Clock,
  Environment,
  Fetch,
  Log,
  Random,
  Stopwatch,
  Timer,
} from "./ports.ts";
import { ActionSyscalls } from "./runtime/ActionSyscalls.ts";
import { installConvexGlobal, type SyscallHandler } from "./runtime/convexGlobal.ts";
import { FunctionExecution } from "./runtime/FunctionExecution.ts";
import {
  type CalledThrough,
  type CallResult,
  FunctionObserver,
  type FunctionReportListener,
} from "./runtime/FunctionObserver.ts";
import { installFunctionGlobals } from "./runtime/functionGlobals.ts";
import type { Identity } from "./runtime/Identity.ts";
import { invokeFunction, toFunctionError } from "./runtime/invokeFunction.ts";
import {
  type QueryJournal,
  runInTransaction,
  type TransactionCall,
} from "./runtime/TransactionSyscalls.ts";
import { type Commit, Writer } from "./runtime/Writer.ts";
import type { JobHost } from "./scheduler/JobHost.ts";
import { readCrons } from "./scheduler/readCrons.ts";
import { ScheduledFunctions } from "./scheduler/ScheduledFunctions.ts";
import { Scheduler } from "./scheduler/Scheduler.ts";
import { findSchema } from "./schema/schema.ts";
import { activateSchema } from "./storage/activateSchema.ts";
import { CommitTimestamps } from "./storage/CommitTimestamps.ts";
import { DocumentStore } from "./storage/DocumentStore.ts";
import { type SqlStore, StoreError } from "./storage/SqlStore.ts";
import { createSystemTables } from "./storage/systemTables.ts";
import { TableCatalog } from "./storage/TableCatalog.ts";
import { RecentCommits } from "./sync/RecentCommits.ts";
import { type SessionRequest, SessionRequests } from "./sync/SessionRequests.ts";
import { SnapshotQueries } from "./sync/SnapshotQueries.ts";
import { SubscriptionIndex } from "./sync/SubscriptionIndex.ts";
import { Transaction } from "./transaction/Transaction.ts";
import { newInternalId } from "./values/documentId.ts";

export interface EngineOptions {
  store: SqlStore;
  /** The loaded functions folder; `schema.js` and `http.js` have their Convex meaning. */
  modules: Modules;
  clock: Clock;
  random: Random;
  timer: Timer;
  stopwatch: Stopwatch;
  /** Fetches the keys of identity providers. */
  fetch: Fetch;
  /** One per process: all engines of a process share it. */
  context: AsyncContext<SyscallHandler>;
  environment: Environment;
  log: Log;
}

/** Who calls and what they may reach. */
export interface Caller {
  audience: Audience;
  identity: Identity | null;
}

export type { CallResult } from "./runtime/FunctionObserver.ts";

/** Where a call came from. */
interface CallOrigin {
  calledThrough: CalledThrough;
  scheduledFunctionId: string | null;
}

/** A mutation's success. */
export interface MutationResult extends CallResult {
  /** The commit that holds its effect, or the newest that it saw when it wrote nothing. */
  timestamp: bigint;
}

/** The engine's own calls: everything is reachable, nobody is signed in. */
export const INSIDER: Caller = { audience: "insider", identity: null };

/**
 * Hosts a folder of Convex functions on a SQLite store: the functions are unmodified `convex/server`
 * functions and run here as on Convex.
 *
 * Queries and mutations run one after another, each in a transaction of its own, and are answered when
 * what they wrote or read is durable. Actions run side by side.
 */
export class Engine {
  readonly registry: FunctionRegistry;
  readonly environment: Environment;
  readonly environmentVariables: EnvironmentVariables;
  /** The last runs of functions, for those who watch. */
  readonly executionLog: ExecutionLog;
  readonly #router: HttpRouter | null;
  readonly #documents: DocumentStore;
  readonly #timestamps: CommitTimestamps;
  readonly #writer: Writer;
  readonly #authenticator: Authenticator;
  readonly #observer = new FunctionObserver();
  readonly #sessionRequests = new SessionRequests();
  /** Runs queries together on one snapshot, and tells when what they read has changed. */
  readonly queries: SnapshotQueries;
  /** Runs scheduled functions and crons, once {@link start} was called. */
  readonly scheduler: Scheduler;
  readonly #options: EngineOptions;
  readonly #commitListeners = new Set<(commits: readonly Commit[]) => void>();
  #runningActions = 0;
  #isClosed = false;

  /**
   * Loads the functions and activates their schema.
   *
   * @throws SchemaError for a schema that is wrong in itself, EngineError SchemaMismatch when stored
   *   documents do not fit it, StoreError when the store fails
   */
  constructor(options: EngineOptions) {
    const { store, modules, clock, timer, log } = options;
    this.#options = options;
    installConvexGlobal(options.context);
    installFunctionGlobals(() => options.context.getStore()?.execution ?? null);
    this.#authenticator = new Authenticator(findAuthProviders(modules), options);
    this.environment = options.environment;
    this.executionLog = new ExecutionLog(clock, timer);
    this.onFunctionExecution((report) => this.executionLog.add(report));
    this.#router = findHttpRouter(modules);
    const systemFunctions = createSystemFunctions({
      modules,
      registry: () => this.registry,
      httpRoutes: this.#router?.routes() ?? [],
      environment: options.environment,
    });
    this.registry = new FunctionRegistry(new Map([...modules, ...systemFunctions]));
    this.#documents = new DocumentStore(store, new TableCatalog(store));
    const { schema, exported } = findSchema(modules.get("schema.js")?.["default"]);
    createSystemTables(store, this.#documents);
    activateSchema(store, this.#documents, schema, exported);
    this.#timestamps = new CommitTimestamps(this.#documents.catalog, clock);
    const subscriptions = new SubscriptionIndex(this.#documents.catalog, options.random);
    const recentCommits = new RecentCommits(this.#documents.catalog, this.#timestamps.durable);
    this.#writer = new Writer({
      documents: this.#documents,
      store,
      clock,
      timer,
      log,
      timestamps: this.#timestamps,
      onApplied: (commit, timestamp) => {
        recentCommits.add(commit, timestamp);
        subscriptions.applied(commit);
      },
      onCommits: (commits) => {
        this.scheduler.committed(commits);
        for (const listener of this.#commitListeners) {
          listener(commits);
        }
      },
      begin: (start) =>
        new Transaction(this.#documents, schema, {
          ...start,
          newInternalId: () => newInternalId(clock.nowMs(), options.random),
        }),
    });
    this.environmentVariables = new EnvironmentVariables({
      documents: this.#documents,
      writer: this.#writer,
      environment: options.environment,
    });
    this.scheduler = new Scheduler(this.#jobHost(), readCrons(modules, this.registry));
    this.queries = new SnapshotQueries({
      writer: this.#writer,
      subscriptions,
      recentCommits,
      find: (path, audience) => this.#find(parseFunctionPath(path), "Query", audience),
      run: (...call) => this.#runIn(...call),
    });
  }

  /** Of the newest commit on disk: nanoseconds since 1970, never behind one that was shown before. */
  get timestamp(): bigint {
    return this.#timestamps.durable;
  }

  /**
   * Calls a mutation for a client that may ask again when it got no answer: exactly once per `request`,
   * also after a restart, while its outcome is kept. A mutation that failed has no effect and may be
   * asked for again.
   *
   * @throws as {@link call}
   */
  async mutateOnce(
    path: string,
    args: JSONValue,
    caller: Caller,
    request: SessionRequest | null,
  ): Promise<MutationResult> {
    const hosted = this.#find(parseFunctionPath(path), "Mutation", caller.audience);
    return await this.#writer.run(async (transaction) => {
      const earlier = request === null ? null : this.#sessionRequests.find(transaction, request);
      if (earlier !== null) {
        return earlier;
      }
      const result = await this.#runIn(transaction, hosted, args, caller.identity);
      if (request !== null) {
        this.#sessionRequests.record(transaction, request, result, this.#options.clock.nowMs());
      }
      return { ...result, timestamp: transaction.timestamp };
    });
  }

  /**
   * Calls a function by path.
   *
   * @param type what the caller takes it for; "any" lets the function's own type decide
   * @param args Convex JSON of the argument object
   * @throws FunctionError when the function was not found, refused its arguments or failed
   * @throws RequestError for a path that can name no function; OverloadedError; StoreError
   */
  async call(
    path: string,
    type: FunctionType | "any",
    args: JSONValue,
    caller: Caller,
  ): Promise<CallResult> {
    const hosted = this.#find(parseFunctionPath(path), type, caller.audience);
    return await this.#run(hosted, args, caller.identity);
  }

  /**
   * Answers a request with the HTTP actions of `http.js`. Never throws: a failed action is Convex's 500,
   * overload and a failing store are 503.
   *
   * @param identity a RequestError says why the request's token was refused: the action runs, and
   *   `getUserIdentity` throws it, as on Convex
   */
  async handleHttp(request: Request, identity: Identity | RequestError | null): Promise<Response> {
    if (this.#router === null) {
      return new Response("This Convex deployment does not have HTTP actions enabled.", {
        status: 404,
      });
    }
    const endpoint = this.#router.lookup(new URL(request.url).pathname, request.method);
    if (endpoint === null) {
      return new Response("No matching routes found", { status: 404 });
    }
    const path = { module: "http.js", functionName: "default" };
    const execution = new FunctionExecution("HttpAction", this.#options);
    const syscalls = this.#actionSyscalls(execution, path, identity);
    let response: Response | undefined;
    try {
      await this.#observer.run(execution, httpActionName(request), "HttpEndpoint", async () => {
        response = await this.#asAction(() =>
          this.#options.context.run(syscalls, () => endpoint.invokeHttpAction(request)),
        );
        return "";
      });
      return boundedResponse(response as unknown as Response);
    } catch (error) {
      return this.#httpFailure(error);
    }
  }

  /**
   * Calls `listener` with what was committed, once it is durable and before the callers are answered. It
   * must not throw. @returns a function that ends it
   */
  onCommit(listener: (commits: readonly Commit[]) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /**
   * Lets scheduled functions and crons run. @throws StoreError, OverloadedError; nothing runs then
   */
  async start(): Promise<void> {
    await this.scheduler.start();
  }

  /**
   * Starts no scheduled function or cron any more, and resolves when those that are mutations, and every
   * transaction that was asked for, are durable or have failed. Actions are not waited for.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.scheduler.close();
    await this.idle();
    this.environmentVariables.hide();
  }

  /**
   * Calls `listener` with the end of every function run; see {@link FunctionObserver.run}. It must not
   * throw. @returns a function that ends it
   */
  onFunctionExecution(listener: FunctionReportListener): () => void {
    return this.#observer.listen(listener);
  }

  /** Whose token this is. @throws RequestError as {@link Authenticator.identify} */
  async identify(token: string): Promise<Identity> {
    return await this.#authenticator.identify(token);
  }

  /** Resolves when every transaction that was asked for is durable or has failed. */
  async idle(): Promise<void> {
    await this.#writer.idle();
  }

  #find(path: FunctionPath, type: FunctionType | "any", audience: Audience): HostedFunction {
    try {
      return this.registry.find(path, audience, type);
    } catch (error) {
      throw toFunctionError(error);
    }
  }

  async #run(
    hosted: HostedFunction,
    args: JSONValue,
    identity: Identity | null,
    origin: CallOrigin = { calledThrough: "HttpApi", scheduledFunctionId: null },
  ): Promise<CallResult> {
    const { context } = this.#options;
    if (hosted.type === "Action") {
      const execution = new FunctionExecution("Action", this.#options);
      const { calledThrough, scheduledFunctionId } = origin;
      const syscalls = this.#actionSyscalls(execution, hosted.path, identity, scheduledFunctionId);
      const tables = this.#documents.catalog;
      return await this.#observer.run(execution, canonicalPath(hosted.path), calledThrough, () =>
        this.#asAction(() => invokeFunction(hosted, args, syscalls, context, tables)),
      );
    }
    return await this.#writer.run((transaction) =>
      this.#runIn(transaction, hosted, args, identity, undefined, origin),
    );
  }

  async #runIn(
    transaction: Transaction,
    hosted: HostedFunction,
    args: JSONValue,
    identity: Identity | null,
    journal?: QueryJournal,
    origin: CallOrigin = { calledThrough: "SyncWorker", scheduledFunctionId: null },
  ): Promise<CallResult> {
    const execution = new FunctionExecution(hosted.type, this.#options);
    const { calledThrough, scheduledFunctionId } = origin;
    const call: TransactionCall = {
      ...{ hosted, transaction, identity, execution, scheduledFunctionId, depth: 0 },
      registry: this.registry,
      context: this.#options.context,
    };
    const journaled = journal === undefined ? call : { ...call, journal };
    transaction.runningFunction = execution;
    return await this.#observer.run(
      execution,
      canonicalPath(hosted.path),
      calledThrough,
      async () => {
        const valueText = await runInTransaction(journaled, args);
        const overrun = execution.overrun();
        if (overrun !== null) {
          throw new FunctionError(overrun);
        }
        return valueText;
      },
    );
  }

  #jobHost(): JobHost {
    const { clock, timer, log, context } = this.#options;
    const origin = (scheduledFunctionId: string | null): CallOrigin => ({
      calledThrough: scheduledFunctionId === null ? "Cron" : "Scheduler",
      scheduledFunctionId,
    });
    return {
      registry: this.registry,
      clock,
      timer,
      log,
      isClosed: () => this.#isClosed,
      transact: (work) => this.#writer.run(work),
      runMutation: async (transaction, { hosted, args, scheduledFunctionId }) => {
        const from = origin(scheduledFunctionId);
        return (await this.#runIn(transaction, hosted, args, null, undefined, from)).valueText;
      },
      runAction: ({ hosted, args, scheduledFunctionId }, begin) =>
        this.#asAction(async () => {
          const execution = new FunctionExecution("Action", this.#options);
          const syscalls = this.#actionSyscalls(execution, hosted.path, null, scheduledFunctionId);
          const { calledThrough } = origin(scheduledFunctionId);
          const path = canonicalPath(hosted.path);
          if (!(await begin())) {
            return null;
          }
          const result = await this.#observer.run(execution, path, calledThrough, () =>
            invokeFunction(hosted, args, syscalls, context, this.#documents.catalog),
          );
          return result.valueText;
        }),
    };
  }

  #actionSyscalls(
    execution: FunctionExecution,
    path: FunctionPath,
    identity: Identity | RequestError | null,
    scheduledFunctionId: string | null = null,
  ): ActionSyscalls {
    const origin: CallOrigin = { calledThrough: "Action", scheduledFunctionId };
    return new ActionSyscalls(
      execution,
      path,
      identity,
      async (calledPath, type, args, inherited) => {
        const hosted = this.#find(calledPath, type, "insider");
        return (await this.#run(hosted, args, inherited, origin)).valueText;
      },
      {
        scheduledFunctionId,
        schedule: (target, args, ts) =>
          this.#writer.run(async (transaction) => {
            const request = { path: target, args, ts, parentId: scheduledFunctionId };
            return new ScheduledFunctions(transaction).schedule(request, this.registry);
          }),
        cancel: (id) =>
          this.#writer.run(async (transaction) =>
            new ScheduledFunctions(transaction).cancel(id, null),
          ),
      },
    );
  }

  /** Bounds how many actions run at once and how long each may take. */
  async #asAction<T>(run: () => Promise<T>): Promise<T> {
    if (this.#runningActions >= MAX_CONCURRENT_ACTIONS) {
      throw new OverloadedError("Too many actions are running.");
    }
    this.#runningActions++;
    let cancel: (() => void) | undefined;
    const timeout = new Promise<never>((_, reject) => {
      cancel = this.#options.timer.after(MAX_ACTION_MS, () =>
        reject(
          new FunctionError(
            `Function execution timed out (maximum duration: ${MAX_ACTION_MS / 1_000}s)`,
          ),
        ),
      );
    });
    try {
      return await Promise.race([run(), timeout]);
    } finally {
      cancel?.();
      this.#runningActions--;
    }
  }

  #httpFailure(error: unknown): Response {
    if (error instanceof OverloadedError || error instanceof StoreError) {
      return Response.json(
        { code: error.code, message: "The service can't answer right now. Try again later." },
        { status: 503, headers: { "Retry-After": "1" } },
      );
    }
    this.#options.log.error("http_action_failed", { error: toFunctionError(error).kind });
    return Response.json(
      {
        code: "InternalServerError",
        message: "Your request couldn't be completed. Try again later.",
      },
      { status: 500 },
    );
  }
}

function httpActionName(request: Request): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}
