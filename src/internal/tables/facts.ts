import { v } from "convex/values";
import { DISPUTE_STATUSES } from "../../stripe/snapshots.ts";
import { nullableNumber, nullableString, priceReference } from "./values.ts";

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

export const subscriptionRecord = v.object({
  eventId: v.string(),
  type: v.string(),
  createdSeconds: v.number(),
  state: subscriptionSnapshot,
  before: v.union(subscriptionSnapshot, v.null()),
});

export const paymentStanding = v.object({
  goodSeconds: nullableNumber,
  behindSeconds: nullableNumber,
});

export const checkoutSessionFact = v.object({
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

export const invoiceFact = v.object({
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

export const chargeFact = v.object({
  chargeId: v.string(),
  customerId: nullableString,
  paymentIntentId: nullableString,
  amountCapturedMinorUnits: v.number(),
  amountRefundedMinorUnits: v.number(),
  refundedInFull: v.boolean(),
  planIdClaims: v.array(v.string()),
  eventId: v.string(),
});

export const refundFact = v.object({
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

export const disputeFact = v.object({
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

export const customerFact = v.object({
  customerId: v.string(),
  deleted: v.boolean(),
  planIdClaims: v.array(v.string()),
  eventId: v.string(),
});
