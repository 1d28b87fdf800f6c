import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { DISPUTE_STATUSES } from "../stripe/snapshots.ts";

const nullableString = v.union(v.string(), v.null());
const nullableNumber = v.union(v.number(), v.null());

/** Where a Stripe object id is unique: one mode of one account. "" is the platform's own account. */
const scope = { mode: v.union(v.literal("test"), v.literal("live")), account: v.string() };

const planType = v.union(v.literal("free"), v.literal("professional"), v.literal("enterprise"));

const planSource = v.union(v.object({ eventId: v.string(), objectId: v.string() }), v.null());

const priceReference = {
  priceId: nullableString,
  lookupKey: nullableString,
  productId: nullableString,
};

/** What became of an event; README.md tells the meaning of each. */
export const eventStatus = v.union(
  v.literal("received"),
  v.literal("applied"),
  v.literal("unlinked"),
  v.literal("recorded"),
  v.literal("quarantined"),
  v.literal("failed"),
  v.literal("dead"),
);

const subscriptionSnapshot = v.object({
  id: v.string(),
  customerId: nullableString,
  status: v.string(),
  items: v.array(
    v.object({
      ...priceReference,
      quantity: nullableNumber,
      currentPeriodStartSeconds: nullableNumber,
      currentPeriodEndSeconds: nullableNumber,
    }),
  ),
  itemsComplete: v.boolean(),
  cancelAtPeriodEnd: v.boolean(),
  cancelAtSeconds: nullableNumber,
  canceledAtSeconds: nullableNumber,
  endedAtSeconds: nullableNumber,
  trialEndSeconds: nullableNumber,
  hasPaymentMethod: v.boolean(),
  pauseCollectionBehavior: nullableString,
  cancellationReason: nullableString,
  planIdClaim: nullableString,
});

const subscriptionRecord = v.object({
  eventId: v.string(),
  type: v.string(),
  createdSeconds: v.number(),
  state: subscriptionSnapshot,
  before: v.union(subscriptionSnapshot, v.null()),
});

const paymentStanding = v.object({ goodSeconds: nullableNumber, behindSeconds: nullableNumber });

const checkoutSessionFact = v.object({
  sessionId: v.string(),
  mode: v.union(v.literal("payment"), v.literal("subscription"), v.literal("setup")),
  status: v.union(v.literal("open"), v.literal("expired"), v.literal("complete")),
  payment: v.union(
    v.literal("unpaid"),
    v.literal("failed"),
    v.literal("no_payment_required"),
    v.literal("paid"),
  ),
  customerId: nullableString,
  subscriptionId: nullableString,
  paymentIntentId: nullableString,
  amountTotalMinorUnits: nullableNumber,
  planIdClaims: v.array(v.string()),
  prices: v.array(v.object(priceReference)),
  sinceSeconds: v.number(),
  eventId: v.string(),
});

const invoiceFact = v.object({
  invoiceId: v.string(),
  customerId: nullableString,
  subscriptionId: nullableString,
  status: v.union(
    v.literal("draft"),
    v.literal("open"),
    v.literal("uncollectible"),
    v.literal("void"),
    v.literal("paid"),
  ),
  attemptCount: v.number(),
  paymentFailed: v.boolean(),
  planIdClaims: v.array(v.string()),
  createdSeconds: nullableNumber,
  periodEndSeconds: nullableNumber,
  prices: v.array(v.object(priceReference)),
  eventId: v.string(),
});

const chargeFact = v.object({
  chargeId: v.string(),
  customerId: nullableString,
  paymentIntentId: nullableString,
  amountCapturedMinorUnits: v.number(),
  amountRefundedMinorUnits: v.number(),
  refundedInFull: v.boolean(),
  planIdClaims: v.array(v.string()),
  eventId: v.string(),
});

const refundFact = v.object({
  refundId: v.string(),
  chargeId: nullableString,
  paymentIntentId: nullableString,
  amountMinorUnits: v.number(),
  status: v.union(
    v.literal("pending"),
    v.literal("requires_action"),
    v.literal("succeeded"),
    v.literal("canceled"),
    v.literal("failed"),
  ),
  eventId: v.string(),
});

const disputeFact = v.object({
  disputeId: v.string(),
  chargeId: nullableString,
  paymentIntentId: nullableString,
  sightings: v.array(
    v.object({
      status: v.union(...DISPUTE_STATUSES.map((status) => v.literal(status))),
      createdSeconds: v.number(),
      eventId: v.string(),
    }),
  ),
});

const customerFact = v.object({
  customerId: v.string(),
  deleted: v.boolean(),
  planIdClaims: v.array(v.string()),
  eventId: v.string(),
});

/**
 * Everything Tollgate keeps. Down to `customers` all tables but `plans` belong to payment: only what a
 * verified event says is written to them, and so are all fields of a plan but its owner (see
 * `guardedDatabase.ts`). The tables after that are notes on work to do, and decide nothing.
 */
export default defineSchema({
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
  }).index("by_owner", ["ownerId"]),

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
    /** Of this row and the digest of the plan's change before it; see `digest.ts`. */
    digest: v.string(),
  }).index("by_plan", ["planId", "version"]),

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
    /** The row's place in the chain that makes a changed or missing row show; see `ledgerChain.ts`. */
    shard: v.string(),
    position: v.number(),
    link: v.string(),
  })
    .index("by_stripe_event", ["mode", "account", "stripeEventId"])
    .index("by_status", ["status", "nextAttemptAtMs"]),

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
    /** Of this row; see `digest.ts`. */
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
    /** Of this row; see `digest.ts`. */
    digest: v.string(),
  }).index("by_subject", ["subject"]),

  /** How often each type without a rule came. */
  recordedTypes: defineTable({ ...scope, type: v.string(), count: v.number() }).index("by_type", [
    "mode",
    "account",
    "type",
  ]),

  /** Which plans verified events named for a customer, subscription, payment intent or session. */
  links: defineTable({
    ...scope,
    objectId: v.string(),
    planIds: v.array(v.id("plans")),
  }).index("by_object", ["mode", "account", "objectId"]),

  /** Events that no plan is known for yet, under each object that may bring the link. */
  unlinkedEvents: defineTable({
    ...scope,
    objectId: v.string(),
    /** The event is about this object, so it also follows a plan that the object gets by other ways. */
    isAbout: v.boolean(),
    eventId: v.id("events"),
  })
    .index("by_object", ["mode", "account", "objectId"])
    .index("by_event", ["eventId"]),

  /** One subscription: the joined records of all its events. Empty when only others named it so far. */
  subscriptions: defineTable({
    ...scope,
    subscriptionId: v.string(),
    customerId: nullableString,
    planId: v.union(v.id("plans"), v.null()),
    records: v.array(subscriptionRecord),
    standing: paymentStanding,
  })
    .index("by_subscription", ["mode", "account", "subscriptionId"])
    .index("by_customer", ["mode", "account", "customerId"])
    .index("by_plan", ["planId"]),

  checkoutSessions: defineTable({
    ...scope,
    planId: v.union(v.id("plans"), v.null()),
    /** The plan was named for this very purchase; otherwise only its customer is known to have it. */
    isNamed: v.boolean(),
    fact: checkoutSessionFact,
  })
    .index("by_session", ["mode", "account", "fact.sessionId"])
    .index("by_subscription", ["mode", "account", "fact.subscriptionId"])
    .index("by_payment_intent", ["mode", "account", "fact.paymentIntentId"])
    .index("by_customer", ["mode", "account", "fact.customerId"])
    .index("by_plan", ["planId", "fact.status", "fact.sessionId"]),

  invoices: defineTable({ ...scope, fact: invoiceFact })
    .index("by_invoice", ["mode", "account", "fact.invoiceId"])
    .index("by_subscription", [
      "mode",
      "account",
      "fact.subscriptionId",
      "fact.createdSeconds",
      "fact.invoiceId",
    ]),

  charges: defineTable({ ...scope, fact: chargeFact })
    .index("by_charge", ["mode", "account", "fact.chargeId"])
    .index("by_payment_intent", ["mode", "account", "fact.paymentIntentId", "fact.chargeId"]),

  refunds: defineTable({ ...scope, fact: refundFact })
    .index("by_refund", ["mode", "account", "fact.refundId"])
    .index("by_payment_intent", ["mode", "account", "fact.paymentIntentId", "fact.refundId"]),

  disputes: defineTable({ ...scope, fact: disputeFact })
    .index("by_dispute", ["mode", "account", "fact.disputeId"])
    .index("by_payment_intent", ["mode", "account", "fact.paymentIntentId", "fact.disputeId"]),

  customers: defineTable({ ...scope, fact: customerFact }).index("by_customer", [
    "mode",
    "account",
    "fact.customerId",
  ]),

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
    /** Events whose rule ran, failed, or could not be run because their body is not there. */
    replayed: v.number(),
    failed: v.number(),
    skipped: v.number(),
    finishedAtMs: nullableNumber,
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
  }).index("by_state", ["state"]),

  /** One row: when the next read may begin. */
  readTurns: defineTable({ nextAtMs: v.number() }),
});
