import { describe, expect, test } from "vitest";
import { readCheckoutSession } from "../../../src/stripe/readers/checkoutSession.ts";
import type { CheckoutSessionSnapshot } from "../../../src/stripe/snapshots.ts";
import {
  checkoutSession,
  type JsonObject,
  listOf,
  price,
  subscriptionCheckoutSession,
  unpaidCheckoutSession,
} from "../../fixtures/stripe.ts";
import { checkoutSession2019, plan } from "../../fixtures/stripeOldShapes.ts";

describe("a Checkout Session", () => {
  test("in payment mode is read with its payment intent and both claims", () => {
    const object = checkoutSession({
      id: "cs_1",
      customer: "cus_1",
      payment_intent: "pi_1",
      client_reference_id: "plan_1",
      metadata: { planId: "plan_2" },
    });
    expect(readCheckoutSession(object)).toEqual({
      id: "cs_1",
      mode: "payment",
      status: "complete",
      paymentStatus: "paid",
      customerId: "cus_1",
      subscriptionId: null,
      paymentIntentId: "pi_1",
      amountTotalMinorUnits: 1_900,
      planIdClaims: ["plan_1", "plan_2"],
      prices: [],
    } satisfies CheckoutSessionSnapshot);
  });

  test("in subscription mode is read with its subscription, expanded or not", () => {
    for (const subscription of ["sub_1", { id: "sub_1", object: "subscription" }]) {
      expect(readCheckoutSession(subscriptionCheckoutSession({ subscription }))).toMatchObject({
        mode: "subscription",
        subscriptionId: "sub_1",
        paymentIntentId: null,
      });
    }
  });

  test.each<[JsonObject, Partial<CheckoutSessionSnapshot>]>([
    [
      { status: "open", payment_status: "unpaid" },
      { status: "open", paymentStatus: "unpaid" },
    ],
    [
      { status: "expired", payment_status: "unpaid" },
      { status: "expired", paymentStatus: "unpaid" },
    ],
    [
      { mode: "setup", payment_status: "no_payment_required" },
      { mode: "setup", status: "complete", paymentStatus: "no_payment_required" },
    ],
  ])("with %j is read as it says", (overrides, expected) => {
    expect(readCheckoutSession(checkoutSession(overrides))).toMatchObject(expected);
  });

  test("that is complete but waits for a delayed payment is unpaid", () => {
    expect(readCheckoutSession(unpaidCheckoutSession())).toMatchObject({
      status: "complete",
      paymentStatus: "unpaid",
    });
  });

  test("with the same claim twice has it once", () => {
    const object = checkoutSession({
      client_reference_id: "plan_1",
      metadata: { planId: "plan_1" },
    });
    expect(readCheckoutSession(object).planIdClaims).toEqual(["plan_1"]);
  });

  test("with expanded line items has their distinct prices", () => {
    const pro = price({ id: "price_pro", lookup_key: "pro", product: "prod_pro" });
    const line_items = listOf([{ price: pro }, { price: pro }, { price: null }]);
    expect(readCheckoutSession(checkoutSession({ line_items })).prices).toEqual([
      { priceId: "price_pro", lookupKey: "pro", productId: "prod_pro" },
    ]);
  });

  test("of 2019 never reads as paid: it does not say so itself", () => {
    const object = checkoutSession2019({
      display_items: [
        { plan: plan({ id: "gold", product: "prod_gold" }), type: "plan" },
        { custom: { name: "Cap" }, type: "custom" },
      ],
    });
    expect(readCheckoutSession(object)).toMatchObject({
      mode: "payment",
      status: "open",
      paymentStatus: "unpaid",
      prices: [{ priceId: "gold", lookupKey: null, productId: "prod_gold" }],
    });
  });

  test("without a mode is told by what it made", () => {
    const mode = null;
    const cases: [JsonObject, string][] = [
      [{ mode, subscription: "sub_1" }, "subscription"],
      [{ mode, setup_intent: "seti_1", payment_intent: null }, "setup"],
      [{ mode, payment_intent: null }, "payment"],
    ];
    for (const [overrides, expected] of cases) {
      expect(readCheckoutSession(checkoutSession2019(overrides)).mode).toBe(expected);
    }
  });

  test("without a status is complete if and only if it is paid", () => {
    const statuses = ["paid", "no_payment_required", "unpaid"].map(
      (payment_status) => readCheckoutSession(checkoutSession2019({ payment_status })).status,
    );
    expect(statuses).toEqual(["complete", "open", "open"]);
  });

  test("with statuses newer than this code grants nothing", () => {
    expect(readCheckoutSession(checkoutSession({ payment_status: "promised" }))).toMatchObject({
      paymentStatus: "unpaid",
    });
    expect(readCheckoutSession(checkoutSession({ status: "reversed" }))).toMatchObject({
      status: "open",
    });
  });

  test.each([
    ["id", { id: null }],
    ["mode", { mode: "auction" }],
    ["mode", { mode: 1 }],
  ])("is unreadable without a usable %s", (field, overrides) => {
    expect(() => readCheckoutSession(checkoutSession(overrides))).toThrow(
      expect.objectContaining({ code: "object_unreadable", field: `checkout.session.${field}` }),
    );
  });
});
