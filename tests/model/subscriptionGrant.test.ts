import { describe, test } from "vitest";
import type { PlanFacts } from "../../src/internal/model/derivePlan.ts";
import {
  ENTERPRISE,
  facts,
  invoice,
  PROFESSIONAL,
  subscription,
  subscriptionFacts,
  subscriptionSession,
  UNRECOGNISED,
} from "./examples.ts";
import { expectPlan } from "./expectPlan.ts";

describe("P9 seats", () => {
  test("are the quantities of the items that buy the best plan type", () => {
    expectPlan(seats([PROFESSIONAL, 3], [PROFESSIONAL, 4], [UNRECOGNISED, 5]), { seats: 7 });
    expectPlan(seats([ENTERPRISE, 2], [PROFESSIONAL, 50]), { planType: "enterprise", seats: 2 });
  });

  test("are unknown where nobody counted", () => {
    expectPlan(seats([PROFESSIONAL, null]), { planType: "professional", seats: null });
    expectPlan(facts(), { seats: null });
  });

  test("decide between two subscriptions of one plan type", () => {
    const small = seats([PROFESSIONAL, 1]).subscriptions;
    const large = seats([PROFESSIONAL, 9]).subscriptions.map((fact) => ({
      ...fact,
      subscriptionId: "sub_2",
    }));
    expectPlan(facts({ subscriptions: [...small, ...large] }), {
      seats: 9,
      source: { eventId: "evt_sub", objectId: "sub_2" },
      alerts: [{ code: "second_live_subscription", objectIds: ["sub_1", "sub_2"] }],
    });
  });

  function seats(...bought: [typeof PROFESSIONAL, number | null][]): PlanFacts {
    const items = bought.map(([price, quantity]) => ({
      ...price,
      quantity,
      currentPeriodStartSeconds: 1_000,
      currentPeriodEndSeconds: 3_000,
    }));
    return subscriptionFacts(subscription({ items }));
  }
});

describe("P10 paused collection", () => {
  test.each([
    ["keep_as_draft", "professional", "subscription_collection_kept_as_draft"],
    ["mark_uncollectible", "professional", "subscription_collection_uncollectible"],
    ["void", "free", "subscription_collection_voided"],
    ["a_behavior_of_next_year", "free", "subscription_status_unknown"],
  ] as const)("with behavior %s makes the plan %s by rule %s", (behavior, planType, rule) => {
    const known = subscriptionFacts(subscription({ pauseCollectionBehavior: behavior }));
    expectPlan(known, { planType, rule });
  });

  test("follows the policy", () => {
    const known = subscriptionFacts(subscription({ pauseCollectionBehavior: "void" }));
    const changes = { subscription_collection_voided: { grants: true } };
    expectPlan(known, { planType: "professional" }, undefined, changes);
  });

  test("does not hide a status that grants nothing", () => {
    const state = subscription({ status: "unpaid", pauseCollectionBehavior: "void" });
    expectPlan(subscriptionFacts(state), { rule: "subscription_unpaid" });
  });
});

describe("P1 an active subscription whose checkout was paid with delay", () => {
  const active = subscriptionFacts(subscription());

  test.each([
    ["unpaid", "free", "subscription_first_payment_pending"],
    ["failed", "free", "subscription_first_payment_failed"],
    ["paid", "professional", "subscription_active"],
    ["no_payment_required", "professional", "subscription_active"],
  ] as const)("with payment %s makes the plan %s by rule %s", (payment, planType, rule) => {
    const sessions = [subscriptionSession({ payment })];
    expectPlan({ ...active, sessions }, { planType, rule });
  });

  test("counts once any of its invoices is paid", () => {
    const sessions = [subscriptionSession({ payment: "failed" })];
    expectPlan({ ...active, sessions, invoices: [invoice()] }, { planType: "professional" });
    const open = [invoice({ status: "void" }), invoice({ status: "open" })];
    expectPlan(
      { ...active, sessions, invoices: open },
      { planType: "free", alerts: [{ code: "first_payment_failed", objectIds: ["sub_1"] }] },
    );
  });

  test("does not mind the checkout of another subscription", () => {
    const sessions = [subscriptionSession({ payment: "failed", subscriptionId: "sub_2" })];
    expectPlan({ ...active, sessions }, { planType: "professional" });
  });
});

describe("P12 the policy decides about", () => {
  test.each([
    ["active", { subscription_active: { grants: false, renewalGraceSeconds: 0 } }, "free"],
    ["trialing", { subscription_trialing: { grants: false, graceSeconds: 0 } }, "free"],
    ["past_due", { subscription_past_due: { grants: false, graceSeconds: 0 } }, "free"],
    ["unpaid", { subscription_unpaid: { grants: true } }, "professional"],
    ["paused", { subscription_paused: { grants: true } }, "professional"],
  ] as const)("the status %s", (status, changes, planType) => {
    expectPlan(subscriptionFacts(subscription({ status })), { planType }, undefined, changes);
  });

  test("a trial that names no payment method", () => {
    const trial = { status: "trialing", hasPaymentMethod: false };
    const changes = { subscription_trialing_without_payment_method: { grants: false } };
    expectPlan(subscriptionFacts(subscription(trial)), { planType: "free" }, undefined, changes);
    const withCard = subscriptionFacts(subscription({ ...trial, hasPaymentMethod: true }));
    expectPlan(withCard, { planType: "professional" }, undefined, changes);
  });
});

test("an alert names what the catalog or this version does not know", () => {
  expectPlan(subscriptionFacts(subscription({ prices: [UNRECOGNISED] })), {
    alerts: [{ code: "price_unrecognised", objectIds: ["sub_1"] }],
  });
  expectPlan(subscriptionFacts(subscription({ status: "a_status_of_next_year" })), {
    alerts: [{ code: "status_unknown", objectIds: ["sub_1"] }],
  });
  expectPlan(subscriptionFacts(subscription({ itemsComplete: false })), {
    alerts: [{ code: "items_incomplete", objectIds: ["sub_1"] }],
    ambiguousSubscriptionIds: ["sub_1"],
  });
});
