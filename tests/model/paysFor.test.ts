import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CheckoutSessionFact } from "../../src/internal/model/checkoutSessionFact.ts";
import { derivePlan } from "../../src/internal/model/derivePlan.ts";
import type { InvoiceFact } from "../../src/internal/model/invoiceFact.ts";
import { factPaysFor } from "../../src/internal/model/paysFor.ts";
import { invoiceFacts, sessionFacts, subscriptionRecords } from "./arbitraries.ts";
import {
  ENTERPRISE,
  facts,
  invoice,
  PROFESSIONAL,
  session,
  subscription,
  subscriptionRecord,
  UNRECOGNISED,
} from "./examples.ts";

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
    expect(factPaysFor({ kind: "charge" })).toBe("free");
    expect(factPaysFor({ kind: "customer" })).toBe("free");
  });
});

test("what an event pays for is the plan that would follow if it were the only event", () => {
  fc.assert(
    fc.property(subscriptionRecords, sessionFacts, invoiceFacts, (record, ofSession, ofInvoice) => {
      expect(factPaysFor({ kind: "subscription", record })).toBe(
        planOf({ subscriptions: [{ subscriptionId: "sub_1", records: [record] }] }),
      );
      expect(factPaysFor({ kind: "checkout.session", fact: ofSession })).toBe(
        planOf({ sessions: [ofSession] }),
      );
      expect(factPaysFor({ kind: "invoice", fact: ofInvoice })).toBe(
        planOf({ invoices: [ofInvoice] }),
      );
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

function bySubscription(changes: Parameters<typeof subscription>[0]) {
  const record = subscriptionRecord({ state: subscription(changes) });
  return factPaysFor({ kind: "subscription", record });
}

function bySession(changes: Partial<CheckoutSessionFact>) {
  return factPaysFor({ kind: "checkout.session", fact: session(changes) });
}

function byInvoice(changes: Partial<InvoiceFact>) {
  return factPaysFor({ kind: "invoice", fact: invoice(changes) });
}

function planOf(known: Parameters<typeof facts>[0]) {
  return derivePlan(facts(known)).planType;
}
