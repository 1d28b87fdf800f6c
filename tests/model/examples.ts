import type { ChargeFact } from "../../src/internal/model/chargeFact.ts";
import type { CheckoutSessionFact } from "../../src/internal/model/checkoutSessionFact.ts";
import type { CustomerFact } from "../../src/internal/model/customerFact.ts";
import type { PlanFacts } from "../../src/internal/model/derivePlan.ts";
import { type DisputeFact, joinDisputeFacts } from "../../src/internal/model/disputeFact.ts";
import type { InvoiceFact } from "../../src/internal/model/invoiceFact.ts";
import type { RefundFact } from "../../src/internal/model/refundFact.ts";
import {
  joinSubscriptionFacts,
  type SubscriptionFact,
  subscriptionFact,
} from "../../src/internal/model/subscriptionFact.ts";
import type { SubscriptionRecord } from "../../src/internal/model/subscriptionRecords.ts";
import type {
  CheckoutSessionSnapshot,
  InvoiceSnapshot,
  PriceReference,
  SubscriptionSnapshot,
} from "../../src/stripe/snapshots.ts";

/** Complete, ordinary objects; a test names only what it is about. */

/** Within the period of {@link subscription}, and at the time of decisions that do not name another. */
export const NOW_SECONDS = 2_000;

export const DAY_SECONDS = 24 * 3_600;

export function price(lookupKey: string | null): PriceReference {
  return { priceId: `price_of_${lookupKey}`, lookupKey, productId: null };
}

export const PROFESSIONAL = price("professional_monthly");
export const ENTERPRISE = price("enterprise_monthly");
export const UNRECOGNISED = price("newsletter");

export function subscription(
  changes: Partial<SubscriptionSnapshot> & { prices?: PriceReference[] } = {},
): SubscriptionSnapshot {
  const { prices = [PROFESSIONAL], ...fields } = changes;
  return {
    id: "sub_1",
    customerId: "cus_1",
    status: "active",
    items: prices.map((reference) => ({
      ...reference,
      quantity: 1,
      currentPeriodStartSeconds: 1_000,
      currentPeriodEndSeconds: 3_000,
    })),
    itemsComplete: true,
    cancelAtPeriodEnd: false,
    cancelAtSeconds: null,
    canceledAtSeconds: null,
    endedAtSeconds: null,
    trialEndSeconds: null,
    hasPaymentMethod: true,
    pauseCollectionBehavior: null,
    cancellationReason: null,
    planIdClaim: "plan_1",
    ...fields,
  };
}

export function subscriptionRecord(changes: Partial<SubscriptionRecord> = {}): SubscriptionRecord {
  return {
    eventId: "evt_sub",
    type: "customer.subscription.updated",
    createdSeconds: 1_000,
    state: subscription(),
    before: null,
    ...changes,
  };
}

export function sessionSnapshot(
  changes: Partial<CheckoutSessionSnapshot> = {},
): CheckoutSessionSnapshot {
  return {
    id: "cs_1",
    mode: "payment",
    status: "complete",
    paymentStatus: "paid",
    customerId: "cus_1",
    subscriptionId: null,
    paymentIntentId: "pi_1",
    amountTotalMinorUnits: 2_000,
    planIdClaims: ["plan_1"],
    prices: [],
    ...changes,
  };
}

export function session(changes: Partial<CheckoutSessionFact> = {}): CheckoutSessionFact {
  return {
    sessionId: "cs_1",
    mode: "payment",
    status: "complete",
    payment: "paid",
    customerId: "cus_1",
    subscriptionId: null,
    paymentIntentId: "pi_1",
    amountTotalMinorUnits: 2_000,
    planIdClaims: ["plan_1"],
    prices: [],
    sinceSeconds: 1_000,
    eventId: "evt_session",
    ...changes,
  };
}

/** A paid session that began `sub_1`. */
export function subscriptionSession(
  changes: Partial<CheckoutSessionFact> = {},
): CheckoutSessionFact {
  return session({
    mode: "subscription",
    subscriptionId: "sub_1",
    paymentIntentId: null,
    ...changes,
  });
}

export function invoiceSnapshot(changes: Partial<InvoiceSnapshot> = {}): InvoiceSnapshot {
  return {
    id: "in_1",
    customerId: "cus_1",
    subscriptionId: "sub_1",
    status: "paid",
    attemptCount: 1,
    createdSeconds: 1_000,
    periodEndSeconds: 3_000,
    prices: [PROFESSIONAL],
    planIdClaim: null,
    ...changes,
  };
}

export function invoice(changes: Partial<InvoiceFact> = {}): InvoiceFact {
  return {
    invoiceId: "in_1",
    customerId: "cus_1",
    subscriptionId: "sub_1",
    status: "paid",
    attemptCount: 1,
    paymentFailed: false,
    planIdClaims: [],
    createdSeconds: 1_000,
    periodEndSeconds: 3_000,
    prices: [PROFESSIONAL],
    eventId: "evt_invoice",
    ...changes,
  };
}

export function charge(changes: Partial<ChargeFact> = {}): ChargeFact {
  return {
    chargeId: "ch_1",
    customerId: "cus_1",
    paymentIntentId: "pi_1",
    amountCapturedMinorUnits: 2_000,
    amountRefundedMinorUnits: 0,
    refundedInFull: false,
    planIdClaims: [],
    eventId: "evt_charge",
    ...changes,
  };
}

export function refund(changes: Partial<RefundFact> = {}): RefundFact {
  return {
    refundId: "re_1",
    chargeId: "ch_1",
    paymentIntentId: "pi_1",
    amountMinorUnits: 2_000,
    status: "succeeded",
    eventId: "evt_refund",
    ...changes,
  };
}

/** A dispute that was seen in these statuses, a day apart. */
export function dispute(...statuses: DisputeFact["sightings"][number]["status"][]): DisputeFact {
  return statuses
    .map(
      (status, day): DisputeFact => ({
        disputeId: "du_1",
        chargeId: "ch_1",
        paymentIntentId: "pi_1",
        sightings: [
          { status, createdSeconds: 1_000 + day * DAY_SECONDS, eventId: `evt_dispute_${day}` },
        ],
      }),
    )
    .reduce(joinDisputeFacts);
}

export function customer(changes: Partial<CustomerFact> = {}): CustomerFact {
  return {
    customerId: "cus_1",
    deleted: false,
    planIdClaims: [],
    eventId: "evt_customer",
    ...changes,
  };
}

export function facts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    subscriptions: [],
    customers: [],
    sessions: [],
    invoices: [],
    charges: [],
    refunds: [],
    disputes: [],
    ...changes,
  };
}

/** What records of one subscription come to; at least one. */
export function recordedSubscription(
  ...[first, ...others]: [SubscriptionRecord, ...SubscriptionRecord[]]
): SubscriptionFact {
  return others.map(subscriptionFact).reduce(joinSubscriptionFacts, subscriptionFact(first));
}

/** Facts of one subscription that one event showed in this state. */
export function subscriptionFacts(state: SubscriptionSnapshot): PlanFacts {
  return facts({ subscriptions: [recordedSubscription(subscriptionRecord({ state }))] });
}
