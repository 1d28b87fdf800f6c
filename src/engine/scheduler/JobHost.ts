import type { JSONValue } from "convex/values";
import type { FunctionRegistry, HostedFunction } from "../functions/FunctionRegistry.ts";
import type { Clock, Log, Timer } from "../ports.ts";
import type { Transaction } from "../transaction/Transaction.ts";

/** One call of a function by the scheduler. Nobody is signed in. */
export interface JobCall {
  hosted: HostedFunction;
  /** Convex JSON of the argument object. */
  args: JSONValue;
  /** Null for crons. */
  scheduledFunctionId: string | null;
}

/** What the scheduler needs from the engine. */
export interface JobHost {
  readonly registry: FunctionRegistry;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
  /** The engine was closed: what fails from now on is not tried again. */
  isClosed(): boolean;
  /** Runs `work` in a transaction of its own. @throws StoreError, OverloadedError */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Runs a mutation inside a transaction. @returns Convex JSON text. @throws FunctionError */
  runMutation(transaction: Transaction, call: JobCall): Promise<string>;
  /**
   * Runs an action, once there is room for it and `begin` has agreed.
   *
   * @returns Convex JSON text; null when `begin` did not agree
   * @throws OverloadedError before `begin`, whatever `begin` throws, FunctionError
   */
  runAction(call: JobCall, begin: () => Promise<boolean>): Promise<string | null>;
}
