import { defineTable } from "convex/server";
import { v } from "convex/values";
import {
  chargeFact,
  checkoutSessionFact,
  customerFact,
  disputeFact,
  invoiceFact,
  paymentStanding,
  refundFact,
  subscriptionRecord,
} from "./facts.ts";
import { nullableString, scope } from "./values.ts";

/** What is known of Stripe's objects from all events about them, and which plans they belong to. */
export const factTables = {
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
};
