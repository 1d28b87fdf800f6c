import { MAX_OPERATOR_ACTION_CHARACTERS, OPERATOR_ACTION_KEPT_MS } from "../limits.ts";
import type { Identity } from "../runtime/Identity.ts";
import { OPERATOR_ACTIONS } from "../storage/systemTables.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { MAX_REASON_CHARACTERS, type Operator } from "./Operator.ts";
import { redactedText } from "./redactedText.ts";

/** How an action of an operator went: `started` stays when the process ended meanwhile. */
export type OperatorActionStatus = "started" | "succeeded" | "failed";

/** Something that an operator did, as the system table `_operator_actions` keeps it. */
export interface OperatorAction {
  operator: Operator;
  /** `run_mutation`, `run_action`, `set_environment_variables`, `create_admin_key`, … */
  action: string;
  /** The function, when one was run: "inbox:replay". */
  functionPath?: string;
  args: unknown;
  actingAs?: Identity | null;
  atMs: number;
  status?: OperatorActionStatus;
  /** What was given back, or why it failed. */
  result?: unknown;
}

/** How many old rows a new one sweeps away: more than one, so that their number falls. */
const SWEPT_AT_ONCE = 2;

/**
 * Writes down what an operator did, in the transaction that does it: both are there or neither is. No
 * function can change or remove such a row; it is kept for {@link OPERATOR_ACTION_KEPT_MS}. Arguments and
 * result are bounded, and what may be a secret or personal in them is left out ({@link redactedText}).
 *
 * @returns the row's id
 */
export function recordOperatorAction(transaction: Transaction, done: OperatorAction): string {
  const { operator, action, functionPath = null, args, actingAs = null, atMs } = done;
  sweep(transaction, atMs);
  return transaction.system.insert(OPERATOR_ACTIONS, {
    atMs,
    keyName: operator.keyName,
    role: operator.role,
    actingAs: actingAs?.tokenIdentifier ?? null,
    action,
    functionPath,
    args: redactedText(args, MAX_OPERATOR_ACTION_CHARACTERS),
    reason: operator.reason ?? reasonIn(args),
    ...outcome(done.status ?? "succeeded", done.result),
  });
}

/** Writes down how an action ended that was recorded as `started`. */
export function concludeOperatorAction(
  transaction: Transaction,
  id: string,
  status: OperatorActionStatus,
  result: unknown,
): void {
  const row = transaction.system.get(OPERATOR_ACTIONS, id);
  if (row !== null) {
    const { _id, _creationTime, ...fields } = row;
    transaction.system.replace(OPERATOR_ACTIONS, id, { ...fields, ...outcome(status, result) });
  }
}

function outcome(status: OperatorActionStatus, result: unknown) {
  const text = result === undefined ? null : redactedText(result, MAX_OPERATOR_ACTION_CHARACTERS);
  return { status, result: text };
}

/** A function that asks for a reason itself is told it among its arguments. */
function reasonIn(args: unknown): string | null {
  const { reason } = (args ?? {}) as { reason?: unknown };
  return typeof reason === "string" ? reason.slice(0, MAX_REASON_CHARACTERS) : null;
}

function sweep(transaction: Transaction, nowMs: number): void {
  const oldest = transaction.system.query(OPERATOR_ACTIONS, "by_creation_time", []);
  for (let swept = 0; swept < SWEPT_AT_ONCE; swept++) {
    const row = oldest.next()?.value ?? null;
    if (row === null || row._creationTime >= nowMs - OPERATOR_ACTION_KEPT_MS) {
      return;
    }
    transaction.system.delete(OPERATOR_ACTIONS, row._id);
  }
}
