import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanDecision, PlanFacts } from "../../src/internal/model/derivePlan.ts";
import { subscriptionFact } from "../../src/internal/model/subscriptionFact.ts";
import type { SubscriptionSnapshot } from "../../src/stripe/snapshots.ts";
import {
  chargeFacts,
  customerFacts,
  disputeFacts,
  invoiceFacts,
  refundFacts,
  sessionFacts,
  subscriptionRecords,
} from "./arbitraries.ts";
import {
  DAY_SECONDS,
  ENTERPRISE,
  facts,
  invoice,
  PROFESSIONAL,
  recordedSubscription,
  session,
  subscription,
  subscriptionFacts,
  subscriptionRecord,
  subscriptionSession,
} from "./examples.ts";
import { decide, expectPlan } from "./expectPlan.ts";

/** The end of the period of `subscription()`. */
const END_SECONDS = 3_000;

describe("P8 time alone changes", () => {
  test.each([
    [
      "an active subscription: period, grace, nothing",
      subscription(),
      [
        [END_SECONDS - 1, "professional", "subscription_active", END_SECONDS],
        [
          END_SECONDS,
          "professional",
          "subscription_renewal_awaited",
          END_SECONDS + 3 * DAY_SECONDS,
        ],
        [END_SECONDS + 3 * DAY_SECONDS, "free", "subscription_period_over", null],
      ],
    ],
    [
      "a trial: trial, grace, nothing",
      subscription({ status: "trialing", trialEndSeconds: 2_500 }),
      [
        [2_499, "professional", "subscription_trialing", 2_500],
        [2_500, "professional", "subscription_trial_end_awaited", 2_500 + DAY_SECONDS],
        [2_500 + DAY_SECONDS, "free", "subscription_trial_over", null],
      ],
    ],
    [
      "a trial that names no payment method",
      subscription({ status: "trialing", trialEndSeconds: 2_500, hasPaymentMethod: false }),
      [[2_499, "professional", "subscription_trialing_without_payment_method", 2_500]],
    ],
    [
      "a subscription that ends with its period",
      subscription({ cancelAtPeriodEnd: true }),
      [
        [END_SECONDS - 1, "professional", "subscription_active", END_SECONDS],
        [END_SECONDS, "free", "subscription_ended_as_scheduled", END_SECONDS + 3 * DAY_SECONDS],
      ],
    ],
    [
      "a subscription that ends at a date, as flexible billing says it",
      subscription({ cancelAtSeconds: 2_600 }),
      [
        [2_599, "professional", "subscription_active", 2_600],
        [2_600, "free", "subscription_ended_as_scheduled", END_SECONDS],
      ],
    ],
    [
      "a subscription that ended: nothing",
      subscription({ status: "canceled" }),
      [[1, "free", "subscription_canceled", null]],
    ],
    [
      "a paused one: nothing",
      subscription({ status: "paused" }),
      [[1, "free", "subscription_paused", null]],
    ],
  ] as [string, SubscriptionSnapshot, [number, string, string, number | null][]][])(
    "%s",
    (_name, state, steps) => {
      for (const [nowSeconds, planType, rule, changesAtSeconds] of steps) {
        const expected = { planType, rule, changesAtSeconds } as Partial<PlanDecision>;
        expectPlan(subscriptionFacts(state), expected, nowSeconds);
      }
    },
  );

  test("a past due subscription: a grace that is counted from the first failure", () => {
    const pastDue = subscription({ status: "past_due" });
    const known = facts({
      subscriptions: [
        recordedSubscription(
          subscriptionRecord({
            eventId: "evt_1",
            createdSeconds: 5_000,
            state: pastDue,
            before: subscription(),
          }),
          subscriptionRecord({
            eventId: "evt_2",
            createdSeconds: 5_000 + 5 * DAY_SECONDS,
            state: pastDue,
          }),
        ),
      ],
    });
    const overSeconds = 5_000 + 7 * DAY_SECONDS;
    expectPlan(
      known,
      {
        planType: "professional",
        rule: "subscription_past_due",
        changesAtSeconds: overSeconds,
        alerts: [],
      },
      overSeconds - 1,
    );
    expectPlan(known, { planType: "free", rule: "subscription_past_due_grace_over" }, overSeconds);
    const noGrace = { subscription_past_due: { grants: true, graceSeconds: 0 } };
    expectPlan(known, { planType: "free" }, 5_000, noGrace);
  });

  test("the estimate of a grace whose begin was missed is an alert", () => {
    expectPlan(subscriptionFacts(subscription({ status: "past_due" })), {
      planType: "professional",
      alerts: [{ code: "past_due_since_unknown", objectIds: ["sub_1"] }],
      changesAtSeconds: 1_000 + 7 * DAY_SECONDS,
    });
  });

  test("what stands in for a subscription: a session for three days, an invoice for its period", () => {
    const sessions = [subscriptionSession()];
    const endSeconds = 1_000 + 3 * DAY_SECONDS;
    expectPlan(facts({ sessions }), { planType: "professional", changesAtSeconds: endSeconds });
    expectPlan(
      facts({ sessions }),
      {
        planType: "free",
        rule: "checkout_session_outdated",
        alerts: [{ code: "subscription_unknown", objectIds: ["sub_1"] }],
        ambiguousSubscriptionIds: ["sub_1"],
      },
      endSeconds,
    );
    const invoices = [invoice()];
    const overSeconds = END_SECONDS + 3 * DAY_SECONDS;
    expectPlan(facts({ invoices }), { changesAtSeconds: overSeconds });
    expectPlan(facts({ invoices }), { planType: "free", rule: "invoice_period_over" }, overSeconds);
  });

  test("each item by its own period", () => {
    const [short, long] = subscription({ prices: [ENTERPRISE, PROFESSIONAL] }).items;
    const items = [
      short,
      long === undefined ? long : { ...long, currentPeriodEndSeconds: 900_000 },
    ];
    const known = subscriptionFacts(
      subscription({ items: items as SubscriptionSnapshot["items"] }),
    );
    expectPlan(known, { planType: "enterprise" }, END_SECONDS);
    expectPlan(known, { planType: "professional" }, END_SECONDS + 3 * DAY_SECONDS);
  });

  test("what should have been heard by now is flagged for a read", () => {
    const overdue = [
      [subscription(), END_SECONDS + 3 * DAY_SECONDS],
      [subscription({ status: "trialing", trialEndSeconds: 2_500 }), 2_500 + DAY_SECONDS],
      [subscription({ cancelAtSeconds: 2_500 }), 2_500 + 3 * DAY_SECONDS],
      [subscription({ status: "paused", cancelAtSeconds: 2_500 }), 2_500 + 3 * DAY_SECONDS],
    ] as const;
    for (const [state, fromSeconds] of overdue) {
      expectPlan(subscriptionFacts(state), { ambiguousSubscriptionIds: [] }, fromSeconds - 1);
      expectPlan(
        subscriptionFacts(state),
        {
          ambiguousSubscriptionIds: ["sub_1"],
          alerts: [{ code: "subscription_overdue", objectIds: ["sub_1"] }],
        },
        fromSeconds,
      );
    }
  });

  test("nothing for a purchase", () => {
    expectPlan(facts({ sessions: [session()] }), { changesAtSeconds: null });
  });

  test("what was canceled but is paid, if the policy lets the rest of the period count", () => {
    const changes = { subscription_canceled: { grantsUntilPeriodEnd: true } };
    const ended = (cancellationReason: string) =>
      recordedSubscription(
        subscriptionRecord({ eventId: "evt_1" }),
        subscriptionRecord({
          eventId: "evt_2",
          createdSeconds: 1_500,
          state: subscription({ status: "canceled", cancellationReason }),
        }),
      );
    const byWish = facts({ subscriptions: [ended("cancellation_requested")] });
    const byForce = facts({ subscriptions: [ended("payment_failed")] });
    expectPlan(byWish, { planType: "free", rule: "subscription_canceled" });
    expectPlan(
      byWish,
      {
        planType: "professional",
        rule: "subscription_canceled_period_paid",
        changesAtSeconds: END_SECONDS,
      },
      END_SECONDS - 1,
      changes,
    );
    expectPlan(byWish, { planType: "free" }, END_SECONDS, changes);
    expectPlan(byForce, { planType: "free" }, END_SECONDS - 1, changes);
  });
});

test("P8 a decision is the same at every time until the one that it names", () => {
  const anyFacts: fc.Arbitrary<PlanFacts> = fc.record({
    subscriptions: fc
      .uniqueArray(subscriptionRecords, { maxLength: 2, selector: ({ state }) => state.id })
      .map((records) => records.map(subscriptionFact)),
    customers: fc.array(customerFacts, { maxLength: 1 }),
    sessions: fc.array(sessionFacts, { maxLength: 2 }),
    invoices: fc.array(invoiceFacts, { maxLength: 2 }),
    charges: fc.array(chargeFacts, { maxLength: 1 }),
    refunds: fc.array(refundFacts, { maxLength: 1 }),
    disputes: fc.array(disputeFacts, { maxLength: 1 }),
  });
  let limited = 0;
  fc.assert(
    fc.property(
      anyFacts,
      fc.integer({ min: 0, max: 700_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (known, nowSeconds, part) => {
        const decision = decide(known, nowSeconds);
        const { changesAtSeconds } = decision;
        const lastSeconds = (changesAtSeconds ?? 10_000_000) - 1;
        const betweenSeconds = Math.floor(nowSeconds + part * (lastSeconds - nowSeconds));
        expect(lastSeconds).toBeGreaterThanOrEqual(nowSeconds);
        expect(decide(known, lastSeconds)).toEqual(decision);
        expect(decide(known, betweenSeconds)).toEqual(decision);
        if (changesAtSeconds !== null) {
          limited += 1;
          expect(decide(known, changesAtSeconds).changesAtSeconds).not.toBe(changesAtSeconds);
        }
      },
    ),
    { seed: 1, numRuns: 4_000 },
  );
  expect(limited).toBeGreaterThan(500);
});
