import { defineTable } from "convex/server";
import { v } from "convex/values";
import { noteDigest, nullableNumber, nullableString, scope } from "./values.ts";

/** Notes of the checkout. They decide no plan: links come from verified events alone. */
export const checkoutTables = {
  /** The one customer of each owner and mode, for ever. */
  customersOfOwners: defineTable({
    mode: scope.mode,
    ownerId: v.string(),
    customerId: v.string(),
    /** How many customers before this one Stripe no longer knew. */
    replaced: v.number(),
    ...noteDigest,
  })
    .index("by_owner", ["mode", "ownerId"])
    .index("by_customer", ["mode", "customerId"]),

  /** One row per owner and mode: one checkout at a time, and the newest session. Dropped after a while. */
  checkoutTurns: defineTable({
    mode: scope.mode,
    ownerId: v.string(),
    /** Counts the checkouts that were begun. */
    turn: v.number(),
    /** Until when nobody else may begin one; past when none is under way. */
    heldUntilMs: v.number(),
    sessionId: nullableString,
    /** When the buyer came back and its event was not here yet. */
    awaitedSinceMs: nullableNumber,
    /** How often the owner asked since then; see `checkout/turns.ts`. */
    asked: v.number(),
    askedSinceMs: v.number(),
    ...noteDigest,
  })
    .index("by_owner", ["mode", "ownerId"])
    .index("by_end", ["heldUntilMs"]),
};
