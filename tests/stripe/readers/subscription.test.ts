import { describe, expect, test } from "vitest";
import { readSubscription } from "../../../src/stripe/readers/subscription.ts";
import type { SubscriptionSnapshot } from "../../../src/stripe/snapshots.ts";
import {
  FIXTURE_SECONDS,
  type JsonObject,
  listOf,
  MONTH_SECONDS,
  price,
  subscription,
  subscriptionItem,
} from "../../fixtures/stripe.ts";
import {
  plan,
  subscription2014,
  subscription2019,
  subscription2022,
} from "../../fixtures/stripeOldShapes.ts";

const PERIOD = {
  currentPeriodStartSeconds: FIXTURE_SECONDS,
  currentPeriodEndSeconds: FIXTURE_SECONDS + MONTH_SECONDS,
};

describe("a subscription", () => {
  test("of the current shape is read with the price and period of each item", () => {
    const professional = price({ id: "price_pro", lookup_key: "pro", product: "prod_pro" });
    const seats = price({ id: "price_seats", product: { id: "prod_seats", object: "product" } });
    const object = subscription({
      id: "sub_1",
      customer: "cus_1",
      items: listOf([
        subscriptionItem({ price: professional }),
        subscriptionItem({
          price: seats,
          quantity: 5,
          current_period_start: 1_000,
          current_period_end: 2_000,
        }),
      ]),
      metadata: { planId: "plan_1" },
    });
    expect(readSubscription(object)).toEqual({
      id: "sub_1",
      customerId: "cus_1",
      status: "active",
      items: [
        {
          priceId: "price_pro",
          lookupKey: "pro",
          productId: "prod_pro",
          quantity: 1,
          ...PERIOD,
        },
        {
          priceId: "price_seats",
          lookupKey: null,
          productId: "prod_seats",
          quantity: 5,
          currentPeriodStartSeconds: 1_000,
          currentPeriodEndSeconds: 2_000,
        },
      ],
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
    } satisfies SubscriptionSnapshot);
  });

  test("of 2014 is read by its own plan, quantity and period", () => {
    const object = subscription2014({
      plan: plan({ id: "gold", product: undefined }),
      quantity: 3,
    });
    expect(readSubscription(object)).toMatchObject({
      items: [{ priceId: "gold", lookupKey: null, productId: null, quantity: 3, ...PERIOD }],
      itemsComplete: true,
    });
  });

  test("of 2019 is read by the plans of its items and its own period", () => {
    const gold = plan({ id: "gold", product: "prod_gold" });
    const object = subscription2019({ items: listOf([{ id: "si_1", plan: gold, quantity: 2 }]) });
    expect(readSubscription(object)).toMatchObject({
      items: [{ priceId: "gold", lookupKey: null, productId: "prod_gold", quantity: 2, ...PERIOD }],
      itemsComplete: true,
    });
  });

  test("of 2022 is read by the prices of its items, before their plans", () => {
    const item = {
      id: "si_1",
      plan: plan({ id: "price_1" }),
      price: price({ id: "price_1", lookup_key: "pro", product: "prod_1" }),
      quantity: 1,
    };
    expect(readSubscription(subscription2022({ items: listOf([item]) }))).toMatchObject({
      items: [
        { priceId: "price_1", lookupKey: "pro", productId: "prod_1", quantity: 1, ...PERIOD },
      ],
    });
  });

  test("is read the same in the shape of 2022 and in the current one", () => {
    const shared = { id: "sub_1", customer: "cus_1", default_payment_method: "pm_1" };
    const sold = price({ id: "price_1" });
    const now = subscription({ ...shared, items: listOf([subscriptionItem({ price: sold })]) });
    const then = subscription2022({
      ...shared,
      items: listOf([{ id: "si_1", plan: plan({ id: "price_1" }), price: sold, quantity: 1 }]),
    });
    expect(readSubscription(then)).toEqual(readSubscription(now));
  });

  test("with items ignores the plan that Stripe still sends beside them", () => {
    const object = subscription({ plan: plan({ id: "gold" }), quantity: 9, items: listOf([]) });
    expect(readSubscription(object)).toMatchObject({ items: [], itemsComplete: true });
  });

  test("tells when its items are not all there", () => {
    const cut = listOf([subscriptionItem()], { has_more: true });
    expect(readSubscription(subscription({ items: cut })).itemsComplete).toBe(false);
    const odd = { object: "list", data: [subscriptionItem(), null, "si_1"], has_more: false };
    expect(readSubscription(subscription({ items: odd }))).toMatchObject({
      items: [{ quantity: 1 }],
      itemsComplete: false,
    });
    for (const items of [null, undefined, "si_1", [], { object: "list" }]) {
      expect(readSubscription(subscription({ items }))).toMatchObject({
        items: [],
        itemsComplete: false,
      });
    }
  });

  test("keeps an item whose price says nothing, so that it can be recognised as unknown", () => {
    const items = listOf([subscriptionItem({ price: null, quantity: undefined })]);
    expect(readSubscription(subscription({ items })).items).toEqual([
      { priceId: null, lookupKey: null, productId: null, quantity: null, ...PERIOD },
    ]);
  });

  test.each<[string, JsonObject, Partial<SubscriptionSnapshot>]>([
    [
      "is cancelled at its period's end",
      { cancel_at_period_end: true },
      { cancelAtPeriodEnd: true },
    ],
    ["is cancelled at a date", { cancel_at: 1_000 }, { cancelAtSeconds: 1_000 }],
    [
      "ended",
      { status: "canceled", canceled_at: 1_000, ended_at: 2_000 },
      { status: "canceled", canceledAtSeconds: 1_000, endedAtSeconds: 2_000 },
    ],
    ["is on trial", { status: "trialing", trial_end: 3_000 }, { trialEndSeconds: 3_000 }],
    [
      "has its collection paused",
      { pause_collection: { behavior: "void", resumes_at: null } },
      { pauseCollectionBehavior: "void" },
    ],
    ["has a status newer than this code", { status: "hibernating" }, { status: "hibernating" }],
    ["has an expanded customer", { customer: { id: "cus_9" } }, { customerId: "cus_9" }],
    ["has no customer", { customer: null }, { customerId: null }],
  ])("that %s says so", (_, overrides, expected) => {
    expect(readSubscription(subscription(overrides))).toMatchObject(expected);
  });

  test("with odd values in lesser fields reads them as nothing said", () => {
    const object = subscription({
      cancel_at: "soon",
      cancel_at_period_end: "true",
      customer: 7,
      ended_at: -1,
      metadata: ["plan_1"],
      pause_collection: true,
      trial_end: 1.5,
    });
    expect(readSubscription(object)).toMatchObject({
      cancelAtPeriodEnd: false,
      cancelAtSeconds: null,
      customerId: null,
      endedAtSeconds: null,
      pauseCollectionBehavior: null,
      planIdClaim: null,
      trialEndSeconds: null,
    });
  });

  test.each([
    ["id", { id: undefined }],
    ["id", { id: "" }],
    ["id", { id: "s".repeat(256) }],
    ["status", { status: null }],
    ["status", { status: 1 }],
  ])("is unreadable without a usable %s", (field, overrides) => {
    expect(() => readSubscription(subscription(overrides))).toThrow(
      expect.objectContaining({ code: "object_unreadable", field: `subscription.${field}` }),
    );
  });

  test.each([
    [{ default_payment_method: null }, false],
    [{ default_payment_method: { id: "pm_1", object: "payment_method" } }, true],
    [{ default_payment_method: null, default_source: "card_1" }, true],
  ])("with %j names a payment method: %s", (overrides, hasPaymentMethod) => {
    expect(readSubscription(subscription(overrides))).toMatchObject({ hasPaymentMethod });
  });

  test("that ended is read with the reason", () => {
    const object = subscription({ cancellation_details: { reason: "payment_failed" } });
    expect(readSubscription(object).cancellationReason).toBe("payment_failed");
  });
});
