import { defineTable } from "convex/server";
import { v } from "convex/values";
import { eventStatus, noteDigest, nullableNumber, nullableString, scope } from "./values.ts";

/** Notes on work to do. They decide nothing. */
export const workTables = {
  /** Subscriptions that events alone leave ambiguous, and how far their reading from Stripe is. */
  subscriptionReads: defineTable({
    ...scope,
    subscriptionId: v.string(),
    status: v.union(v.literal("waiting"), v.literal("reading"), v.literal("resting")),
    /** When it is read; while it is, when the read counts as lost; null while it rests. */
    dueAtMs: nullableNumber,
    /** Its turn under the rate limit has come at `dueAtMs`. */
    hasTurn: v.boolean(),
    /** Something was said about it while it was being read: it is to be read again. */
    isDirty: v.boolean(),
    /** Reads since the last event that left it ambiguous. */
    attempts: v.number(),
    /** Why the last read failed, or was not enough. */
    failure: nullableString,
    ...noteDigest,
  })
    .index("by_subscription", ["mode", "account", "subscriptionId"])
    .index("by_due", ["status", "dueAtMs"]),

  /** Replays of many events, and how far each is. The last few are kept. */
  replays: defineTable({
    state: v.union(v.literal("running"), v.literal("done"), v.literal("canceled")),
    /** Which events: all that are received from `from`, before `to`; null: of every type, every status. */
    type: nullableString,
    status: v.union(eventStatus, v.null()),
    fromMs: v.number(),
    toMs: v.number(),
    cursor: nullableString,
    /** The job of the next batch, or of the present one. */
    jobId: v.optional(v.id("_scheduled_functions")),
    /** Events whose rule ran, failed, or was not run: their body is not there, or they are marked dead. */
    replayed: v.number(),
    failed: v.number(),
    skipped: v.number(),
    finishedAtMs: nullableNumber,
    ...noteDigest,
  }).index("by_state", ["state"]),

  /** Comparisons of the ledger with what Stripe lists, and where each stands. The last few are kept. */
  reconciles: defineTable({
    state: v.union(v.literal("running"), v.literal("done"), v.literal("failed")),
    trigger: v.union(v.literal("operator"), v.literal("gap")),
    /** What is listed: events of these types made from `since` to `until` (null: to the present). */
    types: v.array(v.string()),
    sinceSeconds: v.number(),
    untilSeconds: nullableNumber,
    withSubscriptions: v.boolean(),
    /** Where it stands: which page of what is next. */
    phase: v.union(v.literal("compare"), v.literal("feed"), v.literal("subscriptions")),
    group: v.number(),
    cursor: nullableString,
    oldestMissing: v.union(
      v.object({ stripeEventId: v.string(), createdSeconds: v.number() }),
      v.null(),
    ),
    /** Until when the ledger was sure when the run began, and until when this run lists. */
    sureBeforeSeconds: nullableNumber,
    listedUntilSeconds: nullableNumber,
    /** Whether it lists everything since the ledger was last sure. */
    closesGap: v.boolean(),
    /** Counts the steps: an earlier one can no longer move the run. */
    turn: v.number(),
    /** The job of the next step, or of the present one; null only while the run is being begun. */
    jobId: v.union(v.id("_scheduled_functions"), v.null()),
    /** Of the present page. */
    attempts: v.number(),
    failure: nullableString,
    /** Events and subscriptions listed; those of them that were new, were applied, failed. */
    seen: v.number(),
    new: v.number(),
    applied: v.number(),
    failed: v.number(),
    finishedAtMs: nullableNumber,
    ...noteDigest,
  }).index("by_state", ["state"]),

  /** One row: when the next read may begin. */
  readTurns: defineTable({ nextAtMs: v.number(), ...noteDigest }),
};
