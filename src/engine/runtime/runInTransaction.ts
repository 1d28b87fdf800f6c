import type { JSONValue } from "convex/values";
import { EngineError } from "../errors.ts";
import { MAX_CALL_DEPTH } from "../limits.ts";
import { withCommitTimestamp } from "../values/withCommitTimestamp.ts";
import { parseFunctionAddress } from "./functionAddress.ts";
import { invokeFunction } from "./invokeFunction.ts";
import type { TransactionCall } from "./TransactionCall.ts";
import { type NestedCall, TransactionSyscalls } from "./TransactionSyscalls.ts";

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
  const syscalls = new TransactionSyscalls(call, (nested) => runNested(call, nested));
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

async function runNested(call: TransactionCall, nested: NestedCall): Promise<string> {
  const { hosted, transaction, registry, depth } = call;
  const savepoint = transaction.savepoint();
  try {
    const type = nested.udfType === "mutation" ? "Mutation" : "Query";
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
    const called = registry.find(parseFunctionAddress(nested), "insider", type);
    // The journal is of the query that was asked for: a nested one pages on its own.
    const nestedCall = { ...call, hosted: called, depth: depth + 1, journal: null };
    return await runInTransaction(nestedCall, nested.args);
  } catch (error) {
    transaction.rollbackTo(savepoint);
    throw error;
  }
}
