import { describe, expect, test } from "vitest";
import { readRefund } from "../../../src/stripe/readers/refund.ts";
import type { RefundSnapshot } from "../../../src/stripe/snapshots.ts";
import { refund } from "../../fixtures/stripe.ts";

describe("a refund", () => {
  test("is read with its charge and payment intent, expanded or not", () => {
    const object = refund({
      id: "re_1",
      charge: { id: "ch_1", object: "charge" },
      payment_intent: "pi_1",
      amount: 500,
    });
    expect(readRefund(object)).toEqual({
      id: "re_1",
      chargeId: "ch_1",
      paymentIntentId: "pi_1",
      amountMinorUnits: 500,
      status: "succeeded",
    } satisfies RefundSnapshot);
  });

  test.each([
    ["pending", "pending"],
    ["requires_action", "requires_action"],
    ["failed", "failed"],
    ["canceled", "canceled"],
    [undefined, "succeeded"],
    [null, "succeeded"],
    ["a_status_of_next_year", "pending"],
  ])("with the status %j is %s", (status, expected) => {
    expect(readRefund(refund({ status })).status).toBe(expected);
  });

  test.each([
    ["id", refund({ id: undefined })],
    ["amount", refund({ amount: undefined })],
    ["amount", refund({ amount: "19.00" })],
  ])("is unreadable without a usable %s", (field, object) => {
    expect(() => readRefund(object)).toThrow(
      expect.objectContaining({ code: "object_unreadable", field: `refund.${field}` }),
    );
  });
});
