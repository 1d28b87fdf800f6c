import type { TableNames } from "../_generated/dataModel.ts";
import schema from "../schema.ts";

/**
 * Tables that do not follow from the events alone. The audit holds each against the ledger in a way of its
 * own; every other table of the schema must be, row by row, what the events make.
 */
const OTHERWISE_CHECKED: ReadonlySet<string> = new Set<TableNames>([
  "plans",
  "planChanges",
  "events",
  "ledgerHeads",
  "eventBodies",
  "eventReadings",
  "erasures",
]);

/** The tables that follow from the events alone. */
export const DERIVED_TABLES = Object.keys(schema.tables).filter(
  (table) => !OTHERWISE_CHECKED.has(table),
) as TableNames[];
