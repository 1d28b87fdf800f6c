import { describe, expect, test } from "vitest";
import { readDispute } from "../../../src/stripe/readers/dispute.ts";
import { DISPUTE_STATUSES, type DisputeSnapshot } from "../../../src/stripe/snapshots.ts";
import { dispute } from "../../fixtures/stripe.ts";

describe("a dispute", () => {
  test("is read with its charge, payment intent and status", () => {
    const object = dispute({ id: "du_1", charge: "ch_1", payment_intent: "pi_1" });
    expect(readDispute(object)).toEqual({
      id: "du_1",
      chargeId: "ch_1",
      paymentIntentId: "pi_1",
      status: "needs_response",
    } satisfies DisputeSnapshot);
  });

  test("keeps every status that Stripe documents, and calls any other unknown", () => {
    for (const status of DISPUTE_STATUSES) {
      expect(readDispute(dispute({ status })).status).toBe(status);
    }
    for (const status of ["a_status_of_next_year", null, undefined, 3]) {
      expect(readDispute(dispute({ status })).status).toBe("unknown");
    }
  });

  test("is unreadable without an id", () => {
    expect(() => readDispute(dispute({ id: null }))).toThrow(
      expect.objectContaining({ code: "object_unreadable", field: "dispute.id" }),
    );
  });
});
