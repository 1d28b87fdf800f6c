import { describe, expect, test } from "vitest";
import { readCharge } from "../../../src/stripe/readers/charge.ts";
import type { ChargeSnapshot } from "../../../src/stripe/snapshots.ts";
import { charge } from "../../fixtures/stripe.ts";
import { charge2014 } from "../../fixtures/stripeOldShapes.ts";

describe("a charge", () => {
  test("of the current shape is read with what was refunded", () => {
    const object = charge({
      id: "ch_1",
      customer: "cus_1",
      payment_intent: "pi_1",
      amount: 2_000,
      amount_captured: 1_900,
      amount_refunded: 500,
      metadata: { planId: "plan_1" },
    });
    expect(readCharge(object)).toEqual({
      id: "ch_1",
      customerId: "cus_1",
      paymentIntentId: "pi_1",
      amountCapturedMinorUnits: 1_900,
      // The 100 that were never captured are released, not refunded.
      amountRefundedMinorUnits: 400,
      refundedInFull: false,
      planIdClaim: "plan_1",
    } satisfies ChargeSnapshot);
  });

  test("that was captured in part counts as refunded in full only by Stripe's own flag", () => {
    const captured = { amount: 2_000, amount_captured: 600, amount_refunded: 1_400 };
    expect(readCharge(charge({ ...captured, refunded: false })).refundedInFull).toBe(false);
    const all = { ...captured, amount_refunded: 2_000, refunded: true };
    expect(readCharge(charge(all)).refundedInFull).toBe(true);
  });

  test.each([
    [{ amount_refunded: 1_900 }, true],
    [{ amount_refunded: 1_899 }, false],
    [{ amount_refunded: 1_900, captured: undefined }, true],
    [{ amount_refunded: 0, captured: false }, false],
    [{ amount_refunded: 0, paid: false }, false],
  ])("without that flag and with %j is refunded in full: %s", (overrides, refundedInFull) => {
    const object = charge2014({ amount: 1_900, refunded: undefined, ...overrides });
    expect(readCharge(object)).toMatchObject({ paymentIntentId: null, refundedInFull });
  });

  test.each([
    ["id", charge({ id: undefined })],
    ["amount_captured", charge({ amount_captured: null, refunded: undefined })],
    ["amount_captured", charge({ amount_captured: "19.00", refunded: undefined })],
    ["amount_refunded", charge({ amount_refunded: undefined })],
    ["amount_refunded", charge({ amount_refunded: -1 })],
    ["amount", charge2014({ amount: 19.5, refunded: undefined })],
  ])("is unreadable without a usable %s", (field, object) => {
    expect(() => readCharge(object)).toThrow(
      expect.objectContaining({ code: "object_unreadable", field: `charge.${field}` }),
    );
  });
});
