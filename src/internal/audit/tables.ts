import type { TableNames } from "../_generated/dataModel.ts";
import { PAYMENT_TABLES } from "../guard/guardedDatabase.ts";

/** Tables that the audit holds against the ledger in a way of its own. */
const OTHERWISE_CHECKED: ReadonlySet<string> = new Set<TableNames>([
  "planChanges",
  /** Names jobs, which the plans themselves say as well. */
  "planTimers",
  "events",
  "ledgerHeads",
  "eventBodies",
  "eventReadings",
  "erasures",
]);

/** Tables that are, row by row, what the events make. What is no payment table decides nothing. */
export const DERIVED_TABLES = PAYMENT_TABLES.filter((table) => !OTHERWISE_CHECKED.has(table));
