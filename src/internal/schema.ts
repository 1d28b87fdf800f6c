import { defineSchema } from "convex/server";
import { checkoutTables } from "./tables/checkoutTables.ts";
import { factTables } from "./tables/factTables.ts";
import { ledgerTables } from "./tables/ledgerTables.ts";
import { planTables } from "./tables/planTables.ts";
import { workTables } from "./tables/workTables.ts";

/**
 * Everything Tollgate keeps. All tables but `plans` and the notes on work and checkouts belong to payment:
 * only what a verified event says is written to them, and so are all fields of a plan but its owner (see
 * `guard/guardedDatabase.ts`).
 */
export default defineSchema({
  ...planTables,
  ...ledgerTables,
  ...factTables,
  ...workTables,
  ...checkoutTables,
});
