import type { FunctionRegistry, HostedFunction } from "../functions/FunctionRegistry.ts";
import type { AsyncContext } from "../ports.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { SyscallHandler } from "./convexGlobal.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import type { Identity } from "./Identity.ts";
import type { QueryJournal } from "./QueryJournal.ts";

/** What one call inside a transaction runs with. */
export interface TransactionCall {
  hosted: HostedFunction;
  transaction: Transaction;
  registry: FunctionRegistry;
  context: AsyncContext<SyscallHandler>;
  identity: Identity | null;
  /** How many functions called each other to come here. */
  depth: number;
  execution: FunctionExecution;
  /** The scheduled function that this call is, or belongs to. */
  scheduledFunctionId: string | null;
  /** Where a paginated query's page ends; null where nobody comes back for the same page. */
  journal: QueryJournal | null;
}
