import { describe, expect, test } from "vitest";
import {
  checkoutSessionFact,
  joinCheckoutSessionFacts,
} from "../../src/internal/model/checkoutSessionFact.ts";
import { sessionFacts } from "./arbitraries.ts";
import { PROFESSIONAL, session, sessionSnapshot } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

describe("what one event says of a Checkout Session", () => {
  test("a completed session carries its payment status, ids and sorted claims", () => {
    const snapshot = sessionSnapshot({ planIdClaims: ["plan_2", "plan_1"] });
    expect(checkoutSessionFact(snapshot, event("completed"))).toEqual(
      session({ planIdClaims: ["plan_1", "plan_2"], eventId: "evt_1" }),
    );
  });

  test("a failed delayed payment is told apart from one that is still awaited", () => {
    const unpaid = sessionSnapshot({ paymentStatus: "unpaid" });
    expect(checkoutSessionFact(unpaid, event("completed")).payment).toBe("unpaid");
    expect(checkoutSessionFact(unpaid, event("async_payment_failed")).payment).toBe("failed");
  });

  function event(name: string) {
    return { id: "evt_1", type: `checkout.session.${name}`, createdSeconds: 1_000 };
  }
});

describe("joining facts about one Checkout Session", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(sessionFacts, joinCheckoutSessionFacts);
  });

  test("takes the furthest step, however late it arrives", () => {
    const steps = [
      session({ status: "open", payment: "unpaid", eventId: "evt_6" }),
      session({ status: "expired", payment: "unpaid", eventId: "evt_5" }),
      session({ status: "complete", payment: "unpaid", eventId: "evt_4" }),
      session({ status: "complete", payment: "failed", eventId: "evt_3" }),
      session({ status: "complete", payment: "no_payment_required", eventId: "evt_2" }),
      session({ status: "complete", payment: "paid", eventId: "evt_1" }),
    ];
    for (const [position, later] of steps.entries()) {
      for (const earlier of steps.slice(0, position)) {
        expect(joinCheckoutSessionFacts(later, earlier)).toEqual(later);
      }
    }
  });

  test("never mixes the status of one event with the payment of another", () => {
    const openAndFree = session({ status: "open", payment: "no_payment_required" });
    const completeUnpaid = session({ status: "complete", payment: "unpaid", eventId: "evt_2" });
    expect(joinCheckoutSessionFacts(openAndFree, completeUnpaid)).toEqual(completeUnpaid);
  });

  test("keeps ids, claims and prices that only one event knew", () => {
    const early = session({ customerId: null, planIdClaims: [], prices: [] });
    const late = session({ subscriptionId: null, prices: [PROFESSIONAL] });
    expect(joinCheckoutSessionFacts(early, late)).toEqual(late);
  });

  test("names the lesser event id when two events show the same step", () => {
    const joined = joinCheckoutSessionFacts(
      session({ eventId: "evt_2" }),
      session({ eventId: "evt_1" }),
    );
    expect(joined.eventId).toBe("evt_1");
  });
});
