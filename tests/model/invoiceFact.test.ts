import { describe, expect, test } from "vitest";
import { invoiceFact, joinInvoiceFacts } from "../../src/internal/model/invoiceFact.ts";
import { invoiceFacts } from "./arbitraries.ts";
import { invoice, invoiceSnapshot } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

describe("what one event says of an invoice", () => {
  test("a paid invoice carries its subscription, prices and the claim it copied", () => {
    const snapshot = invoiceSnapshot({ planIdClaim: "plan_1" });
    expect(invoiceFact(snapshot, { id: "evt_1", type: "invoice.paid" })).toEqual(
      invoice({ planIdClaims: ["plan_1"], eventId: "evt_1" }),
    );
  });

  test("a failed payment is remembered", () => {
    const snapshot = invoiceSnapshot({ status: "open", attemptCount: 2 });
    expect(invoiceFact(snapshot, { id: "evt_1", type: "invoice.payment_failed" })).toEqual(
      invoice({ status: "open", attemptCount: 2, paymentFailed: true, eventId: "evt_1" }),
    );
  });

  test("a preview without an id is no fact", () => {
    const snapshot = invoiceSnapshot({ id: null, status: "draft" });
    expect(invoiceFact(snapshot, { id: "evt_1", type: "invoice.upcoming" })).toBeNull();
  });
});

describe("joining facts about one invoice", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(invoiceFacts, joinInvoiceFacts);
  });

  test("takes the furthest status, however late it arrives", () => {
    const statuses = ["draft", "open", "uncollectible", "void", "paid"] as const;
    for (const [position, later] of statuses.entries()) {
      for (const earlier of statuses.slice(0, position)) {
        const joined = joinInvoiceFacts(
          invoice({ status: later, eventId: "evt_2" }),
          invoice({ status: earlier, eventId: "evt_1" }),
        );
        expect(joined).toEqual(invoice({ status: later, eventId: "evt_2" }));
      }
    }
  });

  test("keeps the most attempts and a failure that a later success followed", () => {
    const failed = invoice({ status: "open", attemptCount: 3, paymentFailed: true });
    const paid = invoice({ status: "paid", attemptCount: 4 });
    expect(joinInvoiceFacts(paid, failed)).toEqual(
      invoice({ status: "paid", attemptCount: 4, paymentFailed: true }),
    );
  });
});
