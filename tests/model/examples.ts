import type { ChargeFact } from "../../src/internal/model/chargeFact.ts";
import type { CheckoutSessionFact } from "../../src/internal/model/checkoutSessionFact.ts";
import type { CustomerFact } from "../../src/internal/model/customerFact.ts";
import type { PlanFacts } from "../../src/internal/model/derivePlan.ts";
import type { InvoiceFact } from "../../src/internal/model/invoiceFact.ts";
import type { SubscriptionRecord } from "../../src/internal/model/subscriptionRecords.ts";
import type {
  CheckoutSessionSnapshot,
  InvoiceSnapshot,
  PriceReference,
  SubscriptionSnapshot,
} from "../../src/stripe/snapshots.ts";

/** Complete, ordinary objects; a test names only what it is about. */

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
    pauseCollectionBehavior: null,
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
    planIdClaims: ["plan_1"],
    prices: [],
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
    amountRefundedMinorUnits: 0,
    refundedInFull: false,
    planIdClaims: [],
    eventId: "evt_charge",
    ...changes,
  };
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
  return { subscriptions: [], customers: [], sessions: [], invoices: [], charges: [], ...changes };
}

/** Facts of one subscription that one event showed in this state. */
export function subscriptionFacts(state: SubscriptionSnapshot): PlanFacts {
  return facts({
    subscriptions: [{ subscriptionId: state.id, records: [subscriptionRecord({ state })] }],
  });
}
