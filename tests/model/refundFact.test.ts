import { describe, expect, test } from "vitest";
import { joinRefundFacts, refundFact } from "../../src/internal/model/refundFact.ts";
import { refundFacts } from "./arbitraries.ts";
import { refund } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

test("one event says of a refund what its snapshot says", () => {
  const { refundId, eventId, ...fields } = refund();
  expect(refundFact({ id: refundId, ...fields }, { id: eventId })).toEqual(refund());
});

describe("O1 joining facts about one refund", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(refundFacts, joinRefundFacts);
  });

  test.each([
    ["pending", "succeeded"],
    ["requires_action", "succeeded"],
    ["succeeded", "failed"],
    ["pending", "canceled"],
  ] as const)("from %s it moves to %s, and never back", (earlier, later) => {
    const first = refund({ status: earlier, eventId: "evt_1" });
    const last = refund({ status: later, eventId: "evt_2" });
    expect(joinRefundFacts(last, first)).toEqual(last);
  });
});
