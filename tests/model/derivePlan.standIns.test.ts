import { describe, test } from "vitest";
import {
  customer,
  ENTERPRISE,
  facts,
  invoice,
  subscription,
  subscriptionFacts,
  subscriptionSession,
  UNRECOGNISED,
} from "./examples.ts";
import { expectPlan } from "./expectPlan.ts";

describe("P3 until a subscription has a record", () => {
  test.each(["paid", "no_payment_required"] as const)(
    "a complete session whose payment is %s stands in for it",
    (payment) => {
      expectPlan(facts({ sessions: [subscriptionSession({ payment })] }), {
        planType: "professional",
        rule: "checkout_session_stands_in",
        source: { eventId: "evt_session", objectId: "cs_1" },
      });
    },
  );

  test.each([
    ["unpaid", "checkout_unpaid"],
    ["failed", "checkout_payment_failed"],
  ] as const)("a complete session whose payment is %s does not", (payment, rule) => {
    expectPlan(facts({ sessions: [subscriptionSession({ payment })] }), { planType: "free", rule });
  });

  test("a session counts by its prices where they are known", () => {
    const prices = [ENTERPRISE];
    expectPlan(facts({ sessions: [subscriptionSession({ prices })] }), {
      planType: "enterprise",
      rule: "checkout_session_stands_in",
    });
  });

  test("a session that names no subscription cannot stand in for one", () => {
    expectPlan(facts({ sessions: [subscriptionSession({ subscriptionId: null })] }), {
      planType: "free",
      rule: "checkout_without_subscription",
    });
  });

  test("a paid invoice with a recognised price stands in for it", () => {
    expectPlan(facts({ invoices: [invoice({ prices: [ENTERPRISE] })] }), {
      planType: "enterprise",
      rule: "invoice_stands_in",
      source: { eventId: "evt_invoice", objectId: "in_1" },
    });
  });

  test("a paid invoice without a recognised price does not", () => {
    expectPlan(facts({ invoices: [invoice({ prices: [UNRECOGNISED] })] }), {
      planType: "free",
      rule: "invoice_price_unrecognised",
    });
  });

  test.each(["draft", "open", "uncollectible", "void"] as const)(
    "an invoice that is %s does not",
    (status) => {
      expectPlan(facts({ invoices: [invoice({ status })] }), { rule: "no_payment" });
      expectPlan(facts({ invoices: [invoice({ status, paymentFailed: true })] }), {
        planType: "free",
        rule: "invoice_payment_failed",
      });
    },
  );

  test("an invoice without a subscription says nothing", () => {
    expectPlan(facts({ invoices: [invoice({ subscriptionId: null })] }), { rule: "no_payment" });
  });

  test("nothing stands in for the subscription of a deleted customer", () => {
    const customers = [customer({ deleted: true })];
    const decision = { planType: "free", rule: "customer_deleted" } as const;
    expectPlan(facts({ customers, sessions: [subscriptionSession()] }), decision);
    expectPlan(facts({ customers, invoices: [invoice()] }), decision);
  });
});

describe("once a subscription has a record", () => {
  test("it alone decides, against its paid session and its paid invoice", () => {
    expectPlan(
      {
        ...subscriptionFacts(subscription({ status: "canceled" })),
        sessions: [subscriptionSession()],
        invoices: [invoice({ prices: [ENTERPRISE] })],
      },
      { planType: "free", rule: "subscription_canceled" },
    );
  });

  test("sessions and invoices of another subscription still stand in for that one", () => {
    expectPlan(
      {
        ...subscriptionFacts(subscription({ status: "canceled" })),
        sessions: [subscriptionSession({ subscriptionId: "sub_2" })],
      },
      { planType: "professional", rule: "checkout_session_stands_in" },
    );
  });
});
