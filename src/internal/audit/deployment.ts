import type { Doc } from "../_generated/dataModel.ts";
import type { CheckedRow } from "./checkLedgerRow.ts";
import type { OpenedPlan } from "./LedgerFold.ts";

/** A place in a table's order of creation: that of a document. */
export interface Place {
  creationTime: number;
  id: string;
}

/** A row of the ledger as it was checked where the secrets are. */
export interface LedgerEntry extends CheckedRow {
  row: Doc<"events">;
  /** The plans it names, as far as they exist. */
  plans: OpenedPlan[];
}

/** Some rows; `next` is where the following page begins, null behind the last. */
export interface Page<Entry> {
  entries: Entry[];
  next: Place | null;
}

/** What the functions of `audit.ts` answer. */
export interface Audited {
  "audit:begin": { mode: "test" | "live"; events: number };
  "audit:ledgerPage": Page<LedgerEntry>;
  /**
   * `misplaced`: the rows that the database does not find under the id and creation time that they say, or
   * that name a job by what can be no id of one.
   * `ledgerEnd`: the newest event when this page was read; null for an empty ledger.
   */
  "audit:tablePage": Page<Record<string, unknown>> & {
    misplaced: string[];
    ledgerEnd: Place | null;
  };
}

/** A deployment of these functions, called with an admin's rights. */
export interface Deployment {
  /** @throws FunctionFailedError when the function itself failed; anything else when it was not reached */
  query<Name extends keyof Audited>(name: Name, args: object): Promise<Audited[Name]>;
}

/** A function of the deployment was reached and failed. `code` is that of its refusal, if it refused. */
export class FunctionFailedError extends Error {
  override readonly name = "FunctionFailedError";
  readonly code: string | null;

  constructor(message: string, code: string | null = null) {
    super(message);
    this.code = code;
  }
}

/** Negative, zero or positive as `a` comes before, is, or comes behind `b`; null is before everything. */
export function comparePlaces(a: Place | null, b: Place | null): number {
  if (a === null || b === null) {
    return Number(a !== null) - Number(b !== null);
  }
  return a.creationTime - b.creationTime || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1);
}
