import { defineTable } from "convex/server";
import { v } from "convex/values";
import { eventStatus, nullableNumber, nullableString, scope } from "./values.ts";

/** What was received, and what is kept of it. */
export const ledgerTables = {
  /** The ledger: every event that was verified once, whatever became of it. */
  events: defineTable({
    ...scope,
    stripeEventId: v.string(),
    type: v.string(),
    createdSeconds: v.number(),
    apiVersion: nullableString,
    objectType: nullableString,
    objectId: nullableString,
    status: eventStatus,
    /** Why it waits, or was quarantined, or failed. */
    statusReason: nullableString,
    /** The plan it belonged to when it was applied. */
    planId: v.union(v.id("plans"), v.null()),
    /** How often it was tried to let it take effect. */
    attempts: v.number(),
    /** When it is tried again; null when nothing is to be tried. */
    nextAttemptAtMs: nullableNumber,
    appliedAtMs: nullableNumber,
    receivedAtMs: v.number(),
    /** Names its object but does not carry it: what was read for it is a row of its own. */
    isThin: v.boolean(),
    /** Delivered by Stripe, or read from its API. */
    provenance: v.union(v.literal("webhook"), v.literal("api")),
    signatureTimestampSeconds: v.number(),
    signature: v.string(),
    secretFingerprint: v.string(),
    bodySha256: v.string(),
    /** The row's place in the chain that makes a changed or missing row show; see `ledger/ledgerChain.ts`. */
    shard: v.string(),
    position: v.number(),
    link: v.string(),
  })
    .index("by_stripe_event", ["mode", "account", "stripeEventId"])
    .index("by_status", ["status", "nextAttemptAtMs"])
    // For operators, who look for events; nothing is decided by these.
    .index("by_type", ["type"])
    .index("by_object", ["objectId"])
    .index("by_plan", ["planId"]),

  /** The last row of each shard's chain. */
  ledgerHeads: defineTable({
    shard: v.string(),
    position: v.number(),
    link: v.string(),
  }).index("by_shard", ["shard"]),

  /** The bodies, word for word, apart from the ledger: they are long, and kept for a shorter time. */
  eventBodies: defineTable({
    eventId: v.id("events"),
    part: v.number(),
    text: v.string(),
  }).index("by_event", ["eventId", "part"]),

  /** What was understood of an event whose body is no longer kept. */
  eventReadings: defineTable({
    eventId: v.id("events"),
    /** JSON of an `EventReading`, so that the plans still follow from the ledger. */
    reading: v.string(),
    cause: v.union(v.literal("retention"), v.literal("erasure")),
    droppedAtMs: v.number(),
    /** Of this row; see `ledger/digest.ts`. */
    digest: v.string(),
  }).index("by_event", ["eventId"]),

  /** Tombstones: what was erased, when and why. They hold nothing of what they erased. */
  erasures: defineTable({
    /** The customer or plan that was erased: Stripe's id, or the plan's. */
    subject: v.string(),
    reason: v.string(),
    erasedAtMs: v.number(),
    bodies: v.number(),
    owners: v.number(),
    /** Of this row; see `ledger/digest.ts`. */
    digest: v.string(),
  }).index("by_subject", ["subject"]),

  /** How often each type without a rule came. */
  recordedTypes: defineTable({ ...scope, type: v.string(), count: v.number() }).index("by_type", [
    "mode",
    "account",
    "type",
  ]),
};
