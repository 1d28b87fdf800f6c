import { defineTable } from "convex/server";
import { v } from "convex/values";
import { nullableNumber, planSource, planType } from "./values.ts";

/** What the application reads: a plan of each owner, and why it changed. */
export const planTables = {
  /** One per owner. `planType` and what follows it change only because of a verified event. */
  plans: defineTable({
    ownerId: v.string(),
    planType,
    /** How many were bought; `null` for a free plan and where nobody said. */
    seats: nullableNumber,
    /** The rule that decided, its sentence, and the event it rests on. */
    rule: v.string(),
    reason: v.string(),
    source: planSource,
    /** Counts the changes: 0 as opened. */
    version: v.number(),
    /** What somebody should look at; see `model/planAlerts.ts` for the codes. */
    alerts: v.array(v.object({ code: v.string(), objectIds: v.array(v.string()) })),
    ambiguousSubscriptionIds: v.array(v.string()),
    /** More than one: somebody may be paying twice. */
    liveSubscriptionIds: v.array(v.string()),
    /** The first time at which time alone may change the plan; it is decided again then. */
    changesAtMs: nullableNumber,
  })
    .index("by_owner", ["ownerId"])
    .index("by_change", ["changesAtMs"]),

  /** The one job that decides a plan again when time may change it. */
  planTimers: defineTable({
    planId: v.id("plans"),
    jobId: v.id("_scheduled_functions"),
  }).index("by_plan", ["planId"]),

  /** One row per change of a plan, naming the verified event that caused it. Never changed. */
  planChanges: defineTable({
    planId: v.id("plans"),
    version: v.number(),
    from: planType,
    to: planType,
    fromSeats: nullableNumber,
    toSeats: nullableNumber,
    /** Whether the event arrived, or time passed that the event's fact had set a limit to. */
    cause: v.union(v.literal("event"), v.literal("time")),
    rule: v.string(),
    reason: v.string(),
    source: planSource,
    /** The ledger row of the event that arrived, or that the plan rests on, when the plan changed. */
    eventId: v.id("events"),
    stripeEventId: v.string(),
    /** How that event was verified, as the ledger had it when the plan changed. */
    signatureTimestampSeconds: v.number(),
    secretFingerprint: v.string(),
    bodySha256: v.string(),
    changedAtMs: v.number(),
    /** Of this row and the digest of the plan's change before it; see `ledger/digest.ts`. */
    digest: v.string(),
  })
    .index("by_plan", ["planId", "version"])
    .index("by_event", ["eventId"]),
};
