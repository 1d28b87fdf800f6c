import type { JSONValue } from "convex/values";
import { AdminKeys } from "./admin/AdminKeys.ts";
import { createRegistry } from "./admin/createRegistry.ts";
import { EnvironmentVariables } from "./admin/EnvironmentVariables.ts";
import { ExecutionLog } from "./admin/ExecutionLog.ts";
import { FailedKeyTries } from "./admin/FailedKeyTries.ts";
import { OperatedFunctions } from "./admin/OperatedFunctions.ts";
import type { Operator } from "./admin/Operator.ts";
import { recordOperatorAction } from "./admin/operatorActions.ts";
import { Authenticator } from "./auth/Authenticator.ts";
import { findAuthProviders } from "./auth/authConfig.ts";
import type { RequestError } from "./errors.ts";
import type { FunctionType, Modules } from "./functions/FunctionRegistry.ts";
import { parseFunctionPath } from "./functions/functionPath.ts";
import { findHttpRouter } from "./functions/httpRouter.ts";
import { HttpActions } from "./http/HttpActions.ts";
import type {
  AsyncContext,
  Clock,
  Environment,
  Fetch,
  Log,
  Random,
  SnapshotExports,
  Stopwatch,
  Timer,
  Tracing,
} from "./ports.ts";
import type { Caller } from "./runtime/Caller.ts";
import { installConvexGlobal, type SyscallHandler } from "./runtime/convexGlobal.ts";
import {
  type CallResult,
  FunctionObserver,
  type FunctionReportListener,
} from "./runtime/FunctionObserver.ts";
import { type FunctionCall, FunctionRunner } from "./runtime/FunctionRunner.ts";
import { installFunctionGlobals } from "./runtime/functionGlobals.ts";
import type { Identity } from "./runtime/Identity.ts";
import { type Commit, Writer } from "./runtime/Writer.ts";
import { createJobHost } from "./scheduler/createJobHost.ts";
import { readCrons } from "./scheduler/readCrons.ts";
import { Scheduler } from "./scheduler/Scheduler.ts";
import { CommitTimestamps } from "./storage/CommitTimestamps.ts";
import { openDocuments } from "./storage/openDocuments.ts";
import type { SqlStore } from "./storage/SqlStore.ts";
import { RecentCommits } from "./sync/RecentCommits.ts";
import {
  type MutationOutcome,
  type SessionRequest,
  SessionRequests,
} from "./sync/SessionRequests.ts";
import { SnapshotQueries } from "./sync/SnapshotQueries.ts";
import { SubscriptionIndex } from "./sync/SubscriptionIndex.ts";
import { Transaction } from "./transaction/Transaction.ts";
import { newInternalId } from "./values/documentId.ts";

export { type Caller, INSIDER } from "./runtime/Caller.ts";

export interface EngineOptions {
  store: SqlStore;
  /** The loaded functions folder; `schema.js` and `http.js` have their Convex meaning. */
  modules: Modules;
  clock: Clock;
  random: Random;
  timer: Timer;
  /** Where crons, and the removal of old jobs, wait if not with everything else: a host may let them rest. */
  cronTimer?: Timer;
  stopwatch: Stopwatch;
  /** Fetches the keys of identity providers. */
  fetch: Fetch;
  /** One per process: all engines of a process share it. */
  context: AsyncContext<SyscallHandler>;
  environment: Environment;
  log: Log;
  /** Absent where the host has a way of its own to copy what is stored. */
  snapshotExports?: SnapshotExports;
  /** Absent: calls are not followed, which costs nothing. */
  tracing?: Tracing;
}

/**
 * Hosts a folder of Convex functions on a SQLite store: the functions are unmodified `convex/server`
 * functions and run here as on Convex.
 *
 * Queries and mutations run one after another, each in a transaction of its own, and are answered when
 * what they wrote or read is durable. Actions run side by side.
 */
export class Engine {
  /** The keys of those who administer. */
  readonly adminKeys: AdminKeys;
  /** Those who try keys. */
  readonly failedKeyTries: FailedKeyTries;
  readonly environment: Environment;
  readonly environmentVariables: EnvironmentVariables;
  readonly snapshotExports: SnapshotExports | null;
  /** The last runs of functions, for those who watch. */
  readonly executionLog: ExecutionLog;
  /** Runs queries together on one snapshot, and tells when what they read has changed. */
  readonly queries: SnapshotQueries;
  /** Runs scheduled functions and crons, once {@link start} was called. */
  readonly scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #timestamps: CommitTimestamps;
  readonly #writer: Writer;
  readonly #runner: FunctionRunner;
  readonly #operated: OperatedFunctions;
  readonly #httpActions: HttpActions;
  readonly #authenticator: Authenticator;
  readonly #observer = new FunctionObserver();
  readonly #sessionRequests = new SessionRequests();
  readonly #commitListeners = new Set<(commits: readonly Commit[]) => void>();
  #isClosed = false;

  /**
   * Loads the functions and activates their schema.
   *
   * @throws SchemaError for a schema that is wrong in itself, EngineError SchemaMismatch when stored
   *   documents do not fit it, StoreError when the store fails
   */
  constructor(options: EngineOptions) {
    const { store, modules, clock, random, timer, log, context, environment } = options;
    installConvexGlobal(context);
    installFunctionGlobals(() => context.getStore()?.execution ?? null);
    this.#clock = clock;
    this.environment = environment;
    this.snapshotExports = options.snapshotExports ?? null;
    this.#authenticator = new Authenticator(findAuthProviders(modules), options);
    this.executionLog = new ExecutionLog(clock, timer);
    this.onFunctionExecution((report) => this.executionLog.add(report));

    const router = findHttpRouter(modules);
    const registry = createRegistry({
      ...{ modules, environment, snapshotExports: this.snapshotExports },
      httpRoutes: router?.routes() ?? [],
    });
    const { documents, schema } = openDocuments(store, modules.get("schema.js")?.["default"]);
    const tables = documents.catalog;
    this.#timestamps = new CommitTimestamps(tables, clock);
    const subscriptions = new SubscriptionIndex(tables, random);
    const recentCommits = new RecentCommits(tables, this.#timestamps.durable);
    const writer = new Writer({
      ...{ documents, store, clock, timer, log },
      timestamps: this.#timestamps,
      onApplied: (commit, timestamp) => {
        recentCommits.add(commit, timestamp);
        subscriptions.applied(commit);
      },
      onCommits: (commits) => this.#tellCommits(commits),
      begin: (start) =>
        new Transaction(documents, schema, {
          ...start,
          newInternalId: (creationTime) => newInternalId(creationTime, random),
        }),
    });
    this.#writer = writer;
    this.adminKeys = new AdminKeys({ documents, writer, clock, random, timer });
    this.failedKeyTries = new FailedKeyTries(clock, timer);
    this.environmentVariables = new EnvironmentVariables({
      ...{ documents, writer, environment, clock },
    });

    const observer = this.#observer;
    const runner = new FunctionRunner({ ...options, registry, writer, tables, observer });
    this.#runner = runner;
    this.#operated = new OperatedFunctions({ runner, writer, clock });
    this.#httpActions = new HttpActions(router, runner, log);
    const isClosed = () => this.#isClosed;
    const jobHost = createJobHost({ runner, writer, registry, clock, timer, log, isClosed });
    const cronHost = { ...jobHost, timer: options.cronTimer ?? timer };
    this.scheduler = new Scheduler(jobHost, cronHost, readCrons(modules, registry));
    this.queries = new SnapshotQueries({ runner, writer, subscriptions, recentCommits });
  }

  /** Of the newest commit on disk: nanoseconds since 1970, never behind one that was shown before. */
  get timestamp(): bigint {
    return this.#timestamps.durable;
  }

  /**
   * Lets scheduled functions and crons run. @throws StoreError, OverloadedError; nothing runs then
   */
  async start(): Promise<void> {
    await this.scheduler.start();
  }

  /** Whose token this is. @throws RequestError as {@link Authenticator.identify} */
  async identify(token: string): Promise<Identity> {
    return await this.#authenticator.identify(token);
  }

  /**
   * Calls a function by path.
   *
   * @param type what the caller takes it for; "any" lets the function's own type decide
   * @param args Convex JSON of the argument object
   * @throws FunctionError when the function was not found, refused its arguments or failed
   * @throws RequestError for a path that can name no function, or when the operator may not run it;
   *   OverloadedError; StoreError
   */
  async call(
    path: string,
    type: FunctionType | "any",
    args: JSONValue,
    { audience, identity, operator = null }: Caller,
  ): Promise<CallResult> {
    const hosted = this.#runner.find(parseFunctionPath(path), type, audience);
    const call: FunctionCall = {
      ...{ hosted, args, identity },
      calledThrough: "HttpApi",
      scheduledFunctionId: null,
    };
    return operator === null
      ? await this.#runner.run(call)
      : await this.#operated.run(call, operator);
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
    { audience, identity, operator = null }: Caller,
    request: SessionRequest | null,
  ): Promise<MutationOutcome> {
    const hosted = this.#runner.find(parseFunctionPath(path), "Mutation", audience);
    const call: FunctionCall = {
      ...{ hosted, args, identity },
      calledThrough: "SyncWorker",
      scheduledFunctionId: null,
    };
    if (operator === null) {
      return await this.#once(request, (transaction) => this.#runner.runIn(transaction, call));
    }
    return await this.#operated.mutate(call, operator, () =>
      this.#once(request, (transaction) => this.#operated.mutateIn(transaction, call, operator)),
    );
  }

  /** Writes down, durably, something that an operator has the host do outside of functions. */
  async recordOperatorAction(operator: Operator, action: string): Promise<void> {
    const done = { operator, action, args: {}, atMs: this.#clock.nowMs() };
    await this.#writer.run(async (transaction) => recordOperatorAction(transaction, done));
  }

  /**
   * Answers a request with the HTTP actions of `http.js`. Never throws: a failed action is Convex's 500,
   * overload and a failing store are 503.
   *
   * @param identity as for {@link HttpActions.answer}
   */
  async handleHttp(request: Request, identity: Identity | RequestError | null): Promise<Response> {
    return await this.#httpActions.answer(request, identity);
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
   * Calls `listener` with the end of every function run; see {@link FunctionObserver.run}. It must not
   * throw. @returns a function that ends it
   */
  onFunctionExecution(listener: FunctionReportListener): () => void {
    return this.#observer.listen(listener);
  }

  /**
   * Starts no scheduled function or cron any more, and resolves when those that are mutations, and every
   * transaction that was asked for, are durable or have failed. Actions are not waited for.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.adminKeys.close();
    await this.scheduler.close();
    await this.#writer.idle();
    this.environmentVariables.hide();
  }

  async #once(
    request: SessionRequest | null,
    mutate: (transaction: Transaction) => Promise<CallResult>,
  ): Promise<MutationOutcome> {
    return await this.#writer.run(async (transaction) => {
      const earlier = request === null ? null : this.#sessionRequests.find(transaction, request);
      if (earlier !== null) {
        return earlier;
      }
      const result = await mutate(transaction);
      if (request !== null) {
        this.#sessionRequests.record(transaction, request, result, this.#clock.nowMs());
      }
      return { ...result, timestamp: transaction.timestamp };
    });
  }

  #tellCommits(commits: readonly Commit[]): void {
    this.scheduler.committed(commits);
    for (const listener of this.#commitListeners) {
      listener(commits);
    }
  }
}
