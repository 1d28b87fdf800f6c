import { describe, expect, test } from "vitest";
import type { PlanFacts } from "../../src/internal/model/derivePlan.ts";
import { UNKNOWN_STANDING } from "../../src/internal/model/paymentStanding.ts";
import {
  charge,
  customer,
  ENTERPRISE,
  facts,
  PROFESSIONAL,
  recordedSubscription,
  subscription,
  subscriptionFacts,
  subscriptionRecord,
  UNRECOGNISED,
} from "./examples.ts";
import { decide, expectPlan } from "./expectPlan.ts";

describe("without any payment", () => {
  test("the plan is free and nothing is named as its source", () => {
    expect(decide(facts())).toEqual({
      planType: "free",
      seats: null,
      rule: "no_payment",
      reason: "No payment for this plan is known.",
      source: null,
      alerts: [],
      ambiguousSubscriptionIds: [],
      liveSubscriptionIds: [],
      changesAtSeconds: null,
    });
  });

  test("P2 a subscription that is only known by name says nothing", () => {
    const named = { subscriptionId: "sub_1", records: [], standing: UNKNOWN_STANDING };
    expectPlan(facts({ subscriptions: [named] }), {
      planType: "free",
      rule: "no_payment",
      source: null,
    });
  });
});

describe("a subscription", () => {
  test.each([
    ["active", "professional", "subscription_active"],
    ["trialing", "professional", "subscription_trialing"],
    ["past_due", "professional", "subscription_past_due"],
    ["incomplete", "free", "subscription_incomplete"],
    ["incomplete_expired", "free", "subscription_incomplete_expired"],
    ["unpaid", "free", "subscription_unpaid"],
    ["paused", "free", "subscription_paused"],
    ["canceled", "free", "subscription_canceled"],
    ["a_status_of_next_year", "free", "subscription_status_unknown"],
  ] as const)("that is %s makes the plan %s by rule %s", (status, planType, rule) => {
    expectPlan(subscriptionFacts(subscription({ status })), {
      planType,
      rule,
      source: { eventId: "evt_sub", objectId: "sub_1" },
    });
  });

  test("grants by its best recognised item", () => {
    const state = subscription({ prices: [PROFESSIONAL, UNRECOGNISED, ENTERPRISE] });
    expectPlan(subscriptionFacts(state), { planType: "enterprise", rule: "subscription_active" });
  });

  test("with unrecognised prices grants nothing and says so", () => {
    expectPlan(subscriptionFacts(subscription({ prices: [UNRECOGNISED] })), {
      planType: "free",
      rule: "subscription_price_unrecognised",
    });
  });

  test("grants nothing while its invoices are voided", () => {
    expectPlan(subscriptionFacts(subscription({ pauseCollectionBehavior: "void" })), {
      planType: "free",
      rule: "subscription_collection_voided",
    });
  });

  test("grants nothing once its customer was deleted, and the deletion is the source", () => {
    const deleted = customer({ deleted: true, eventId: "evt_deleted" });
    expectPlan(
      { ...subscriptionFacts(subscription()), customers: [deleted] },
      {
        planType: "free",
        rule: "customer_deleted",
        source: { eventId: "evt_deleted", objectId: "cus_1" },
        liveSubscriptionIds: [],
      },
    );
  });

  test("does not mind another customer's deletion", () => {
    const other = customer({ customerId: "cus_2", deleted: true });
    expectPlan(
      { ...subscriptionFacts(subscription()), customers: [other, customer()] },
      { planType: "professional", rule: "subscription_active" },
    );
    expectPlan(
      { ...subscriptionFacts(subscription({ customerId: null })), customers: [other] },
      { planType: "professional", rule: "subscription_active" },
    );
  });

  test("keeps its grant when a charge of it is refunded", () => {
    const refunded = charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true });
    expectPlan(
      { ...subscriptionFacts(subscription()), charges: [refunded] },
      { planType: "professional", rule: "subscription_active" },
    );
  });
});

describe("P2 several subscriptions", () => {
  test("the highest grant wins: cancelling one does not downgrade who pays for another", () => {
    const old = subscription({ id: "sub_1", status: "canceled", prices: [ENTERPRISE] });
    const present = subscription({ id: "sub_2" });
    expectPlan(subscriptionsFacts(old, present), {
      planType: "professional",
      rule: "subscription_active",
      source: { eventId: "evt_sub_2", objectId: "sub_2" },
    });
  });

  test("more than one live subscription is reported, with those that may still be charged", () => {
    const states = ["paused", "unpaid", "past_due", "trialing", "active", "incomplete", "canceled"];
    const decision = decide(
      subscriptionsFacts(
        ...states.map((status, position) => subscription({ id: `sub_${position}`, status })),
      ),
    );
    expect(decision.liveSubscriptionIds).toEqual(["sub_0", "sub_1", "sub_2", "sub_3", "sub_4"]);
  });

  test("equal grants are told apart by rule, then by object id", () => {
    const trialing = subscription({ id: "sub_1", status: "trialing" });
    const second = subscription({ id: "sub_2" });
    const third = subscription({ id: "sub_3" });
    expectPlan(subscriptionsFacts(trialing, third, second), {
      rule: "subscription_active",
      source: { eventId: "evt_sub_2", objectId: "sub_2" },
    });
  });

  test("the reason for nothing is the one that somebody can act on", () => {
    const canceled = subscription({ id: "sub_1", status: "canceled" });
    const unrecognised = subscription({ id: "sub_2", prices: [UNRECOGNISED] });
    expectPlan(subscriptionsFacts(canceled, unrecognised), {
      planType: "free",
      rule: "subscription_price_unrecognised",
    });
  });
});

describe("a subscription to read from Stripe", () => {
  test("is one whose events do not tell its state; the least generous stands in", () => {
    const known = recordedSubscription(
      subscriptionRecord({ eventId: "evt_1" }),
      subscriptionRecord({ eventId: "evt_2", state: subscription({ status: "unpaid" }) }),
    );
    expectPlan(facts({ subscriptions: [known] }), {
      planType: "free",
      rule: "subscription_unpaid",
      ambiguousSubscriptionIds: ["sub_1"],
    });
  });

  test("is one in force whose items were cut", () => {
    expectPlan(subscriptionFacts(subscription({ itemsComplete: false })), {
      planType: "professional",
      ambiguousSubscriptionIds: ["sub_1"],
    });
  });

  test("is not one that grants nothing whatever its items are", () => {
    const ended = subscription({ itemsComplete: false, status: "canceled" });
    expectPlan(subscriptionFacts(ended), { ambiguousSubscriptionIds: [] });
  });
});

function subscriptionsFacts(...states: ReturnType<typeof subscription>[]): PlanFacts {
  return facts({
    subscriptions: states.map((state) =>
      recordedSubscription(subscriptionRecord({ state, eventId: `evt_${state.id}` })),
    ),
  });
}
