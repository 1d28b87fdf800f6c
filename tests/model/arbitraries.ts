import fc from "fast-check";
import type { ChargeFact } from "../../src/internal/model/chargeFact.ts";
import type { CheckoutSessionFact } from "../../src/internal/model/checkoutSessionFact.ts";
import type { CustomerFact } from "../../src/internal/model/customerFact.ts";
import type { DisputeFact } from "../../src/internal/model/disputeFact.ts";
import type { InvoiceFact } from "../../src/internal/model/invoiceFact.ts";
import type { RefundFact } from "../../src/internal/model/refundFact.ts";
import { OBSERVED, type SubscriptionRecord } from "../../src/internal/model/subscriptionRecords.ts";
import {
  DISPUTE_STATUSES,
  type PriceReference,
  type SubscriptionSnapshot,
} from "../../src/stripe/snapshots.ts";
import { ENTERPRISE, PROFESSIONAL, subscription, UNRECOGNISED } from "./examples.ts";

/**
 * Facts from few, small alphabets, so that facts often meet: the same object, the same event id with
 * another content, the same second. Contradictions that Stripe would never send are wanted.
 */

const id = (prefix: string, count: number) =>
  fc.integer({ min: 1, max: count }).map((number) => `${prefix}_${number}`);

const eventIds = id("evt", 6);
const claims = fc
  .uniqueArray(id("plan", 10), { maxLength: 3 })
  .map((planIds) => planIds.toSorted());
const prices: fc.Arbitrary<PriceReference[]> = fc.array(
  fc.constantFrom(
    PROFESSIONAL,
    ENTERPRISE,
    UNRECOGNISED,
    { ...PROFESSIONAL, lookupKey: null },
    { ...ENTERPRISE, productId: "prod_1" },
  ),
  { maxLength: 2 },
);

export const subscriptionStates: fc.Arbitrary<SubscriptionSnapshot> = fc
  .record({
    status: fc.constantFrom("active", "past_due", "trialing", "incomplete", "unpaid", "canceled"),
    prices,
    cancelAtPeriodEnd: fc.boolean(),
    pauseCollectionBehavior: fc.constantFrom(null, null, null, "void"),
    customerId: fc.constantFrom("cus_1", "cus_1", "cus_2", null),
  })
  .map((changes) => subscription(changes));

const liveStates = subscriptionStates.filter(({ status }) => status !== "canceled");

export function subscriptionRecordsOf(
  states: fc.Arbitrary<SubscriptionSnapshot>,
): fc.Arbitrary<SubscriptionRecord> {
  return fc.record({
    eventId: id("evt", 12),
    type: fc.constantFrom("updated", "updated", "updated", "created", OBSERVED),
    createdSeconds: fc.integer({ min: 1_000, max: 1_005 }),
    state: states,
    before: fc.option(states),
  });
}

/** Mostly sets without a terminal state, because one of those hides everything else. */
export const subscriptionRecords = fc.oneof(
  { weight: 9, arbitrary: subscriptionRecordsOf(liveStates) },
  { weight: 1, arbitrary: subscriptionRecordsOf(subscriptionStates) },
);

export const sessionFacts: fc.Arbitrary<CheckoutSessionFact> = fc.record({
  sessionId: id("cs", 2),
  mode: fc.constantFrom("payment", "payment", "subscription", "setup"),
  status: fc.constantFrom("open", "expired", "complete", "complete"),
  payment: fc.constantFrom("unpaid", "failed", "no_payment_required", "paid", "paid"),
  customerId: fc.constantFrom("cus_1", "cus_2", null),
  subscriptionId: fc.constantFrom("sub_1", "sub_2", "sub_3", null),
  paymentIntentId: fc.constantFrom("pi_1", "pi_2", null),
  amountTotalMinorUnits: fc.constantFrom(2_000, null),
  planIdClaims: claims,
  prices,
  sinceSeconds: fc.constantFrom(1_000, 1_500),
  eventId: eventIds,
});

export const invoiceFacts: fc.Arbitrary<InvoiceFact> = fc.record({
  invoiceId: id("in", 2),
  customerId: fc.constantFrom("cus_1", "cus_2", null),
  subscriptionId: fc.constantFrom("sub_1", "sub_2", "sub_3", null),
  status: fc.constantFrom("draft", "open", "uncollectible", "void", "paid", "paid"),
  attemptCount: fc.integer({ min: 0, max: 4 }),
  paymentFailed: fc.boolean(),
  planIdClaims: claims,
  createdSeconds: fc.constantFrom(1_000, 1_001, null),
  periodEndSeconds: fc.constantFrom(3_000, 300_000, null),
  prices,
  eventId: eventIds,
});

export const chargeFacts: fc.Arbitrary<ChargeFact> = fc.record({
  chargeId: id("ch", 2),
  customerId: fc.constantFrom("cus_1", null),
  paymentIntentId: fc.constantFrom("pi_1", "pi_2", null),
  amountCapturedMinorUnits: fc.constantFrom(0, 2_000),
  amountRefundedMinorUnits: fc.constantFrom(0, 500, 1_000, 2_000),
  refundedInFull: fc.boolean(),
  planIdClaims: claims,
  eventId: eventIds,
});

export const refundFacts: fc.Arbitrary<RefundFact> = fc.record({
  refundId: id("re", 2),
  chargeId: fc.constantFrom("ch_1", "ch_2", null),
  paymentIntentId: fc.constantFrom("pi_1", "pi_2", null),
  amountMinorUnits: fc.constantFrom(500, 2_000),
  status: fc.constantFrom("pending", "requires_action", "succeeded", "canceled", "failed"),
  eventId: eventIds,
});

export const disputeFacts: fc.Arbitrary<DisputeFact> = fc
  .record({
    disputeId: id("du", 2),
    paymentIntentId: fc.constantFrom("pi_1", "pi_2", null),
    status: fc.constantFrom(...DISPUTE_STATUSES),
    createdSeconds: fc.integer({ min: 1_000, max: 1_005 }),
    eventId: eventIds,
  })
  .map(({ disputeId, paymentIntentId, ...sighting }) => ({
    disputeId,
    chargeId: "ch_1",
    paymentIntentId,
    sightings: [sighting],
  }));

export const customerFacts: fc.Arbitrary<CustomerFact> = fc.record({
  customerId: id("cus", 2),
  deleted: fc.boolean(),
  planIdClaims: claims,
  eventId: eventIds,
});
