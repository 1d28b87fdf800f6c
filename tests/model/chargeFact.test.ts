import { describe, expect, test } from "vitest";
import { chargeFact, joinChargeFacts } from "../../src/internal/model/chargeFact.ts";
import { chargeFacts } from "./arbitraries.ts";
import { charge } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

describe("what one event says of a charge", () => {
  test("carries the amounts, the payment intent and the claim", () => {
    const snapshot = {
      id: "ch_1",
      customerId: "cus_1",
      paymentIntentId: "pi_1",
      amountCapturedMinorUnits: 2_000,
      amountRefundedMinorUnits: 500,
      refundedInFull: false,
      planIdClaim: "plan_1",
    };
    expect(chargeFact(snapshot, { id: "evt_1" })).toEqual(
      charge({ amountRefundedMinorUnits: 500, planIdClaims: ["plan_1"], eventId: "evt_1" }),
    );
  });
});

describe("joining facts about one charge", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(chargeFacts, joinChargeFacts);
  });

  test("takes the greatest amount and names the event that showed the refund", () => {
    const refunded = charge({
      amountRefundedMinorUnits: 2_000,
      refundedInFull: true,
      eventId: "evt_2",
    });
    const partlyRefunded = charge({ amountRefundedMinorUnits: 500, eventId: "evt_1" });
    expect(joinChargeFacts(refunded, partlyRefunded)).toEqual(refunded);
  });
});
