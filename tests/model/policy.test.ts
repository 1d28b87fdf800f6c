import { describe, expect, test } from "vitest";
import { planRuleOrder, planRules } from "../../src/internal/model/planRules.ts";
import { policy, refundRule, subscriptionRule } from "../../src/internal/model/policy.ts";
import { charge, subscription } from "./examples.ts";

describe("P2 the policy for a subscription", () => {
  test.each([
    ["active", "subscription_active", true],
    ["trialing", "subscription_trialing", true],
    ["past_due", "subscription_past_due", true],
    ["incomplete", "subscription_incomplete", false],
    ["incomplete_expired", "subscription_incomplete_expired", false],
    ["unpaid", "subscription_unpaid", false],
    ["paused", "subscription_paused", false],
    ["canceled", "subscription_canceled", false],
    ["a_status_of_next_year", "subscription_status_unknown", false],
    ["constructor", "subscription_status_unknown", false],
    ["", "subscription_status_unknown", false],
  ] as const)("status %j follows rule %s and grants: %s", (status, rule, grants) => {
    expect(subscriptionRule(subscription({ status }))).toBe(rule);
    expect(policy[rule].grants).toBe(grants);
  });

  test.each(["active", "trialing", "past_due"])(
    "paused collection that voids invoices withdraws the grant of status %s",
    (status) => {
      const state = subscription({ status, pauseCollectionBehavior: "void" });
      expect(subscriptionRule(state)).toBe("subscription_collection_voided");
      expect(policy.subscription_collection_voided.grants).toBe(false);
    },
  );

  test.each(["keep_as_draft", "mark_uncollectible"])(
    "paused collection with behavior %s keeps the grant",
    (pauseCollectionBehavior) => {
      expect(subscriptionRule(subscription({ pauseCollectionBehavior }))).toBe(
        "subscription_active",
      );
    },
  );

  test("a status that grants nothing is named even while collection is paused", () => {
    const state = subscription({ status: "canceled", pauseCollectionBehavior: "void" });
    expect(subscriptionRule(state)).toBe("subscription_canceled");
  });
});

describe("P4 the policy for a refund", () => {
  test("a full refund revokes", () => {
    expect(refundRule(charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true }))).toBe(
      "purchase_refunded",
    );
    expect(policy.purchase_refunded.grants).toBe(false);
  });

  test("a partial refund keeps", () => {
    const rule = refundRule(charge({ amountRefundedMinorUnits: 1 }));
    expect(rule).toBe("purchase_partially_refunded");
    expect(policy.purchase_partially_refunded.grants).toBe(true);
  });

  test("no refund is no rule", () => {
    expect(refundRule(charge())).toBeNull();
  });
});

describe("the rules", () => {
  test("every rule has a stable snake_case code, one sentence and a place of its own", () => {
    const entries = Object.entries(planRules);
    for (const [code, reason] of entries) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(reason).toMatch(/^[A-Z].+\.$/);
    }
    expect(new Set(entries.map(([, reason]) => reason)).size).toBe(entries.length);
  });

  test("every policy is among the rules", () => {
    expect(Object.keys(planRules)).toEqual(expect.arrayContaining(Object.keys(policy)));
  });

  test("no payment is named only when nothing else can be said", () => {
    const last = Math.max(...Object.keys(planRules).map((_, position) => position));
    expect(planRuleOrder("no_payment")).toBe(last);
  });
});
