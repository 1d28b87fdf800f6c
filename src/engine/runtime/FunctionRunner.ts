import type { JSONValue } from "convex/values";
import { FunctionError, OverloadedError, type RequestError } from "../errors.ts";
import type {
  Audience,
  FunctionRegistry,
  FunctionType,
  HostedFunction,
} from "../functions/FunctionRegistry.ts";
import type { FunctionPath } from "../functions/functionPath.ts";
import { MAX_ACTION_CALL_DEPTH } from "../limits.ts";
import type { AsyncContext, Clock, Random, Stopwatch, Timer, Tracing } from "../ports.ts";
import { createActionScheduler } from "../scheduler/createActionScheduler.ts";
import type { TableNumbers } from "../schema/validator.ts";
import { StoreError } from "../storage/SqlStore.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { ActionSlots } from "./ActionSlots.ts";
import { ActionSyscalls } from "./ActionSyscalls.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import type { DirectCall } from "./direct/invokeHttpDirectly.ts";
import { FunctionExecution } from "./FunctionExecution.ts";
import type { CalledThrough, CallResult, FunctionObserver } from "./FunctionObserver.ts";
import type { Identity } from "./Identity.ts";
import { invokeFunction, toFunctionError } from "./invokeFunction.ts";
import type { QueryJournal } from "./QueryJournal.ts";
import { runInTransaction } from "./runInTransaction.ts";
import type { TransactionCall } from "./TransactionCall.ts";
import type { Writer } from "./Writer.ts";

/** One call of a function from outside of a transaction, and where it came from. */
export interface FunctionCall {
  readonly hosted: HostedFunction;
  /** Convex JSON of the argument object. */
  readonly args: JSONValue;
  readonly identity: Identity | null;
  readonly calledThrough: CalledThrough;
  /** The scheduled function that this call is, or belongs to. */
  readonly scheduledFunctionId: string | null;
}

export interface FunctionRunnerOptions {
  registry: FunctionRegistry;
  writer: Writer;
  /** What the id validators of actions ask. */
  tables: TableNumbers;
  observer: FunctionObserver;
  context: AsyncContext<SyscallHandler>;
  clock: Clock;
  random: Random;
  stopwatch: Stopwatch;
  timer: Timer;
  /** Absent: nobody follows. */
  tracing?: Tracing;
}

/** Finds functions and runs them, each kind with what it may reach; the observer learns of every run. */
export class FunctionRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #actions: ActionSlots;

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
    this.#actions = new ActionSlots(options.timer);
  }

  /** @throws FunctionError when there is none for this audience, or it is of another type */
  find(path: FunctionPath, type: FunctionType | "any", audience: Audience): HostedFunction {
    try {
      return this.#options.registry.find(path, audience, type);
    } catch (error) {
      throw toFunctionError(error);
    }
  }

  /**
   * Runs an action, or a query or mutation in a transaction of its own.
   *
   * @param actionDepth how many actions called each other to come here
   * @throws FunctionError, OverloadedError, StoreError
   */
  async run(call: FunctionCall, actionDepth = 0): Promise<CallResult> {
    const { hosted } = call;
    if (hosted.type !== "Action") {
      const { writer, tracing } = this.#options;
      return tracing === undefined
        ? await writer.run((transaction) => this.runIn(transaction, call))
        : await this.#follow(tracing, call);
    }
    if (actionDepth >= MAX_ACTION_CALL_DEPTH) {
      throw new FunctionError(
        `Actions may call each other ${MAX_ACTION_CALL_DEPTH} deep. Do you have an infinite loop in your app?`,
      );
    }
    const execution = new FunctionExecution("Action", this.#options);
    const syscalls = this.#actionSyscalls(execution, hosted.path, call, actionDepth);
    return await this.#observe(execution, call, () =>
      this.#actions.run(
        () => this.#invokeAction(call, syscalls),
        () => syscalls.abandon(),
      ),
    );
  }

  /**
   * Runs a query or mutation inside a transaction.
   *
   * @param journal where this run notes what its next run must decide alike; null when there is none
   * @throws FunctionError, StoreError
   */
  runIn(
    transaction: Transaction,
    call: FunctionCall,
    journal: QueryJournal | null = null,
  ): Promise<CallResult> {
    const { hosted, identity, scheduledFunctionId } = call;
    const { registry, context } = this.#options;
    const execution = new FunctionExecution(hosted.type, this.#options);
    const inTransaction: TransactionCall = {
      ...{ hosted, transaction, registry, context, identity, execution, scheduledFunctionId },
      depth: 0,
      journal,
    };
    transaction.runningFunction = execution;
    return this.#observe(execution, call, async () => {
      const valueText = await runInTransaction(inTransaction, call.args);
      const overrun = execution.overrun();
      if (overrun !== null) {
        throw new FunctionError(overrun);
      }
      return valueText;
    });
  }

  /**
   * Runs an action, once there is room for it and `begin` has agreed.
   *
   * @returns null when `begin` did not agree
   * @throws OverloadedError before `begin`, whatever `begin` throws, FunctionError
   */
  async runActionAfter(
    begin: () => Promise<boolean>,
    call: FunctionCall,
  ): Promise<CallResult | null> {
    const execution = new FunctionExecution("Action", this.#options);
    const syscalls = this.#actionSyscalls(execution, call.hosted.path, call, 0);
    const run = async (): Promise<CallResult | null> =>
      (await begin())
        ? await this.#observe(execution, call, () => this.#invokeAction(call, syscalls))
        : null;
    return await this.#actions.run(run, () => syscalls.abandon());
  }

  /**
   * Runs `answer`, an HTTP action of the module at `path`, which gets a way to call other functions.
   *
   * @param name what the observer calls it
   * @throws OverloadedError, StoreError; FunctionError after too long and for whatever `answer` throws
   */
  async runHttpAction(
    path: FunctionPath,
    name: string,
    identity: Identity | RequestError | null,
    answer: (call: DirectCall) => Promise<Response>,
  ): Promise<Response> {
    const { context, observer } = this.#options;
    const execution = new FunctionExecution("HttpAction", this.#options);
    const caller = { identity, scheduledFunctionId: null };
    const syscalls = this.#actionSyscalls(execution, path, caller, 0);
    let response: Response | undefined;
    await observer.run(execution, name, "HttpEndpoint", async () => {
      response = await this.#actions
        .run(
          () => context.run(syscalls, () => answer(syscalls.call)),
          () => syscalls.abandon(),
        )
        .catch((thrown: unknown) => {
          const isOurs = thrown instanceof OverloadedError || thrown instanceof StoreError;
          throw isOurs ? thrown : toFunctionError(thrown);
        });
      return "";
    });
    return response as unknown as Response;
  }

  #follow(tracing: Tracing, call: FunctionCall): Promise<CallResult> {
    return tracing.follow(call.hosted.name.replace(".js:", ":"), ({ begun, ended }) =>
      this.#options.writer.run((transaction) => {
        begun();
        return this.runIn(transaction, call).finally(ended);
      }),
    );
  }

  #invokeAction({ hosted, args }: FunctionCall, syscalls: ActionSyscalls): Promise<string> {
    const { context, tables } = this.#options;
    return invokeFunction(hosted, args, syscalls, context, tables);
  }

  #observe(
    execution: FunctionExecution,
    { hosted, calledThrough }: FunctionCall,
    work: () => Promise<string>,
  ): Promise<CallResult> {
    const { observer } = this.#options;
    return observer.run(execution, hosted.name, calledThrough, work);
  }

  #actionSyscalls(
    execution: FunctionExecution,
    path: FunctionPath,
    {
      identity,
      scheduledFunctionId,
    }: { identity: Identity | RequestError | null; scheduledFunctionId: string | null },
    depth: number,
  ): ActionSyscalls {
    const { writer, registry } = this.#options;
    const calledThrough: CalledThrough = "Action";
    return new ActionSyscalls(
      execution,
      path,
      identity,
      async (calledPath, type, args, inherited) => {
        const hosted = this.find(calledPath, type, "insider");
        const call = { hosted, args, identity: inherited, calledThrough, scheduledFunctionId };
        return (await this.run(call, depth + 1)).valueText;
      },
      createActionScheduler(writer, registry, scheduledFunctionId),
    );
  }
}
