import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChargeFact, joinChargeFacts } from "../../src/internal/model/chargeFact.ts";
import {
  type CheckoutSessionFact,
  joinCheckoutSessionFacts,
} from "../../src/internal/model/checkoutSessionFact.ts";
import { type CustomerFact, joinCustomerFacts } from "../../src/internal/model/customerFact.ts";
import type { PlanFacts } from "../../src/internal/model/derivePlan.ts";
import { type DisputeFact, joinDisputeFacts } from "../../src/internal/model/disputeFact.ts";
import { type InvoiceFact, joinInvoiceFacts } from "../../src/internal/model/invoiceFact.ts";
import { joinRefundFacts, type RefundFact } from "../../src/internal/model/refundFact.ts";
import {
  joinSubscriptionFacts,
  type SubscriptionFact,
  subscriptionFact,
} from "../../src/internal/model/subscriptionFact.ts";
import {
  chargeFacts,
  customerFacts,
  disputeFacts,
  invoiceFacts,
  refundFacts,
  sessionFacts,
  subscriptionRecords,
} from "./arbitraries.ts";
import { deliveries } from "./deliveries.ts";
import { decide } from "./expectPlan.ts";

const RUNS = 4_000;

/** One event of any object, as the fact it is. */
type Sighting =
  | { of: "subscription"; id: string; fact: SubscriptionFact }
  | { of: "customer"; id: string; fact: CustomerFact }
  | { of: "session"; id: string; fact: CheckoutSessionFact }
  | { of: "invoice"; id: string; fact: InvoiceFact }
  | { of: "charge"; id: string; fact: ChargeFact }
  | { of: "refund"; id: string; fact: RefundFact }
  | { of: "dispute"; id: string; fact: DisputeFact };

const sightings: fc.Arbitrary<Sighting> = fc.oneof(
  fc.tuple(fc.constantFrom("sub_1", "sub_2"), subscriptionRecords).map(([id, record]) => ({
    of: "subscription" as const,
    id,
    fact: subscriptionFact({ ...record, state: { ...record.state, id } }),
  })),
  customerFacts.map((fact) => ({ of: "customer" as const, id: fact.customerId, fact })),
  sessionFacts.map((fact) => ({ of: "session" as const, id: fact.sessionId, fact })),
  invoiceFacts.map((fact) => ({ of: "invoice" as const, id: fact.invoiceId, fact })),
  chargeFacts.map((fact) => ({ of: "charge" as const, id: fact.chargeId, fact })),
  refundFacts.map((fact) => ({ of: "refund" as const, id: fact.refundId, fact })),
  disputeFacts.map((fact) => ({ of: "dispute" as const, id: fact.disputeId, fact })),
);

const seen = new Map<string, number>();

test("O1 events of all objects, shuffled, repeated and split, end in the same decision", () => {
  const cases = fc
    .array(sightings, { maxLength: 10, size: "max" })
    .chain((happened) => fc.tuple(fc.constant(happened), deliveries(happened)));
  fc.assert(
    fc.property(cases, ([happened, batches]) => {
      const decision = decide(absorb([happened]));
      expect(decide(absorb(batches))).toEqual(decision);
      seen.set(decision.planType, (seen.get(decision.planType) ?? 0) + 1);
      seen.set(decision.rule, (seen.get(decision.rule) ?? 0) + 1);
    }),
    { seed: 1, numRuns: RUNS },
  );
});

test("the events of that test were not idle: every plan type and most rules came out", () => {
  expect(seen.get("free")).toBeGreaterThan(RUNS / 10);
  expect(seen.get("professional")).toBeGreaterThan(RUNS / 20);
  expect(seen.get("enterprise")).toBeGreaterThan(RUNS / 10);
  expect(seen.size).toBeGreaterThan(20);
});

/** Works through each batch from nothing, then joins what the batches came to. */
function absorb(batches: Sighting[][]): PlanFacts {
  const all = batches.map((batch) => fold(batch)).flatMap((world) => [...world.values()]);
  return planFacts([...fold(all).values()]);
}

function fold(batch: Sighting[]): Map<string, Sighting> {
  const world = new Map<string, Sighting>();
  for (const sighting of batch) {
    const key = `${sighting.of} ${sighting.id}`;
    const known = world.get(key);
    world.set(key, known === undefined ? sighting : join(known, sighting));
  }
  return world;
}

function join(a: Sighting, b: Sighting): Sighting {
  if (a.of === "subscription" && b.of === a.of) {
    return { ...a, fact: joinSubscriptionFacts(a.fact, b.fact) };
  }
  if (a.of === "customer" && b.of === a.of) {
    return { ...a, fact: joinCustomerFacts(a.fact, b.fact) };
  }
  if (a.of === "session" && b.of === a.of) {
    return { ...a, fact: joinCheckoutSessionFacts(a.fact, b.fact) };
  }
  if (a.of === "invoice" && b.of === a.of) {
    return { ...a, fact: joinInvoiceFacts(a.fact, b.fact) };
  }
  if (a.of === "charge" && b.of === a.of) {
    return { ...a, fact: joinChargeFacts(a.fact, b.fact) };
  }
  if (a.of === "refund" && b.of === a.of) {
    return { ...a, fact: joinRefundFacts(a.fact, b.fact) };
  }
  if (a.of === "dispute" && b.of === a.of) {
    return { ...a, fact: joinDisputeFacts(a.fact, b.fact) };
  }
  throw new TypeError("Two sightings of one key are of one kind.");
}

function planFacts(world: Sighting[]): PlanFacts {
  return {
    subscriptions: world.flatMap((each) => (each.of === "subscription" ? [each.fact] : [])),
    customers: world.flatMap((each) => (each.of === "customer" ? [each.fact] : [])),
    sessions: world.flatMap((each) => (each.of === "session" ? [each.fact] : [])),
    invoices: world.flatMap((each) => (each.of === "invoice" ? [each.fact] : [])),
    charges: world.flatMap((each) => (each.of === "charge" ? [each.fact] : [])),
    refunds: world.flatMap((each) => (each.of === "refund" ? [each.fact] : [])),
    disputes: world.flatMap((each) => (each.of === "dispute" ? [each.fact] : [])),
  };
}
