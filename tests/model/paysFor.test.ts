import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CheckoutSessionFact } from "../../src/internal/model/checkoutSessionFact.ts";
import type { InvoiceFact } from "../../src/internal/model/invoiceFact.ts";
import { factPaysFor, type SaidFact } from "../../src/internal/model/paysFor.ts";
import { subscriptionFact } from "../../src/internal/model/subscriptionFact.ts";
import { invoiceFacts, sessionFacts, subscriptionRecords } from "./arbitraries.ts";
import {
  ENTERPRISE,
  facts,
  invoice,
  NOW_SECONDS,
  PROFESSIONAL,
  session,
  subscription,
  subscriptionRecord,
  UNRECOGNISED,
} from "./examples.ts";
import { decide } from "./expectPlan.ts";

describe("an event pays for", () => {
  test("the best price of a subscription in force", () => {
    expect(bySubscription({ prices: [PROFESSIONAL, ENTERPRISE] })).toBe("enterprise");
    expect(bySubscription({ status: "trialing" })).toBe("professional");
  });

  test("nothing with a subscription that is not in force or not recognised", () => {
    expect(bySubscription({ status: "incomplete" })).toBe("free");
    expect(bySubscription({ status: "canceled" })).toBe("free");
    expect(bySubscription({ prices: [UNRECOGNISED] })).toBe("free");
  });

  test("what a complete and paid session bought", () => {
    expect(bySession({})).toBe("professional");
    expect(bySession({ prices: [ENTERPRISE] })).toBe("enterprise");
    expect(bySession({ mode: "subscription", subscriptionId: "sub_1" })).toBe("professional");
  });

  test("nothing with a session that is unpaid, failed, unfinished, unlinked or no purchase", () => {
    expect(bySession({ payment: "unpaid" })).toBe("free");
    expect(bySession({ payment: "failed" })).toBe("free");
    expect(bySession({ status: "open" })).toBe("free");
    expect(bySession({ planIdClaims: [] })).toBe("free");
    expect(bySession({ mode: "setup", payment: "no_payment_required" })).toBe("free");
  });

  test("the recognised price of a subscription's paid invoice", () => {
    expect(byInvoice({})).toBe("professional");
    expect(byInvoice({ status: "open" })).toBe("free");
    expect(byInvoice({ subscriptionId: null })).toBe("free");
    expect(byInvoice({ prices: [] })).toBe("free");
  });

  test("nothing when it is about a charge or a customer", () => {
    expect(paysFor({ kind: "charge" })).toBe("free");
    expect(paysFor({ kind: "customer" })).toBe("free");
    expect(paysFor({ kind: "refund" })).toBe("free");
    expect(paysFor({ kind: "dispute" })).toBe("free");
  });
});

test("what an event pays for is the plan that would follow if it were the only event", () => {
  fc.assert(
    fc.property(subscriptionRecords, sessionFacts, invoiceFacts, (record, ofSession, ofInvoice) => {
      expect(paysFor({ kind: "subscription", record })).toBe(
        planOf({ subscriptions: [subscriptionFact(record)] }),
      );
      expect(paysFor({ kind: "checkout.session", fact: ofSession })).toBe(
        planOf({ sessions: [ofSession] }),
      );
      expect(paysFor({ kind: "invoice", fact: ofInvoice })).toBe(planOf({ invoices: [ofInvoice] }));
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

function paysFor(said: SaidFact) {
  return factPaysFor(said, NOW_SECONDS);
}

function bySubscription(changes: Parameters<typeof subscription>[0]) {
  const record = subscriptionRecord({ state: subscription(changes) });
  return paysFor({ kind: "subscription", record });
}

function bySession(changes: Partial<CheckoutSessionFact>) {
  return paysFor({ kind: "checkout.session", fact: session(changes) });
}

function byInvoice(changes: Partial<InvoiceFact>) {
  return paysFor({ kind: "invoice", fact: invoice(changes) });
}

function planOf(known: Parameters<typeof facts>[0]) {
  return decide(facts(known)).planType;
}
