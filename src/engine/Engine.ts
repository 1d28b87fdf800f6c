import type { JSONValue } from "convex/values";
import { FunctionError, OverloadedError } from "./errors.ts";
import {
  type Audience,
  FunctionRegistry,
  type FunctionType,
  type HostedFunction,
  type Modules,
} from "./functions/FunctionRegistry.ts";
import { type FunctionPath, parseFunctionPath } from "./functions/functionPath.ts";
import { findHttpRouter, type HttpRouter } from "./functions/httpRouter.ts";
import { MAX_ACTION_MS, MAX_CONCURRENT_ACTIONS } from "./limits.ts";
import type { AsyncContext, Clock, Log, Random, Timer } from "./ports.ts";
import { ActionSyscalls } from "./runtime/ActionSyscalls.ts";
import { installConvexGlobal, type SyscallHandler } from "./runtime/convexGlobal.ts";
import type { Identity } from "./runtime/Identity.ts";
import { invokeFunction, toFunctionError } from "./runtime/invokeFunction.ts";
import { runInTransaction } from "./runtime/TransactionSyscalls.ts";
import { type Commit, Writer } from "./runtime/Writer.ts";
import { findSchema } from "./schema/schema.ts";
import { activateSchema } from "./storage/activateSchema.ts";
import { DocumentStore } from "./storage/DocumentStore.ts";
import { type SqlStore, StoreError } from "./storage/SqlStore.ts";
import { TableCatalog } from "./storage/TableCatalog.ts";
import { Transaction } from "./transaction/Transaction.ts";
import { newInternalId } from "./values/documentId.ts";

export interface EngineOptions {
  store: SqlStore;
  /** The loaded functions folder; `schema.js` and `http.js` have their Convex meaning. */
  modules: Modules;
  clock: Clock;
  random: Random;
  timer: Timer;
  /** One per process: all engines of a process share it. */
  context: AsyncContext<SyscallHandler>;
  log: Log;
}

/** Who calls and what they may reach. */
export interface Caller {
  audience: Audience;
  identity: Identity | null;
}

/** A function's success. */
export interface CallResult {
  /** Convex JSON text. */
  valueText: string;
  /** What it wrote to the console, as Convex words it: "[LOG] 'text'". */
  logLines: string[];
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
  readonly #router: HttpRouter | null;
  readonly #documents: DocumentStore;
  readonly #writer: Writer;
  readonly #options: EngineOptions;
  readonly #commitListeners = new Set<(commits: readonly Commit[]) => void>();
  #runningActions = 0;

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
    this.registry = new FunctionRegistry(modules);
    this.#router = findHttpRouter(modules);
    this.#documents = new DocumentStore(store, new TableCatalog(store));
    const { schema, exported } = findSchema(modules.get("schema.js")?.["default"]);
    activateSchema(store, this.#documents, schema, exported);
    this.#writer = new Writer({
      documents: this.#documents,
      store,
      clock,
      timer,
      log,
      onCommits: (commits) => {
        for (const listener of this.#commitListeners) {
          listener(commits);
        }
      },
      begin: (creationTime) =>
        new Transaction(this.#documents, schema, {
          creationTime,
          newInternalId: () => newInternalId(clock.nowMs(), options.random),
        }),
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
    return { valueText: await this.#run(hosted, args, caller.identity), logLines: [] };
  }

  /**
   * Answers a request with the HTTP actions of `http.js`. Never throws: a failed action is Convex's 500,
   * overload and a failing store are 503.
   */
  async handleHttp(request: Request, identity: Identity | null): Promise<Response> {
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
    const syscalls = this.#actionSyscalls(path, identity);
    try {
      return await this.#asAction(() =>
        this.#options.context.run(syscalls, () => endpoint.invokeHttpAction(request)),
      );
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

  #run(hosted: HostedFunction, args: JSONValue, identity: Identity | null): Promise<string> {
    const { context } = this.#options;
    const { registry } = this;
    if (hosted.type === "Action") {
      const syscalls = this.#actionSyscalls(hosted.path, identity);
      const tables = this.#documents.catalog;
      return this.#asAction(() => invokeFunction(hosted, args, syscalls, context, tables));
    }
    return this.#writer.run((transaction) =>
      runInTransaction({ hosted, transaction, registry, context, identity, depth: 0 }, args),
    );
  }

  #actionSyscalls(path: FunctionPath, identity: Identity | null): ActionSyscalls {
    return new ActionSyscalls(path, identity, (calledPath, type, args, inherited) =>
      this.#run(this.#find(calledPath, type, "insider"), args, inherited),
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
