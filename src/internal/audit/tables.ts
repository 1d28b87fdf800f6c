import type { TableNames } from "../_generated/dataModel.ts";
import { NOTE_TABLES, PAYMENT_TABLES } from "../guard/guardedDatabase.ts";
import type { FindingCode } from "./finding.ts";

/** Tables that the audit holds against the ledger in a way of its own. */
const OTHERWISE_CHECKED: ReadonlySet<string> = new Set<TableNames>([
  "planChanges",
  "planTimers",
  "events",
  "ledgerHeads",
  "eventBodies",
  "eventReadings",
  "erasures",
]);

/** Tables that are, row by row, what the events make. */
export const DERIVED_TABLES = PAYMENT_TABLES.filter((table) => !OTHERWISE_CHECKED.has(table));

/** Tables whose rows no event makes and that carry a digest of themselves, and what an altered row is. */
export const DIGESTED_TABLES = [
  ["eventReadings", "reading_altered"],
  ["erasures", "erasure_altered"],
  ...NOTE_TABLES.map((table) => [table, "note_altered"] as const),
] as const satisfies (readonly [TableNames, FindingCode])[];
