import { describe, expect, test } from "vitest";
import {
  disputeFact,
  disputeStanding,
  joinDisputeFacts,
} from "../../src/internal/model/disputeFact.ts";
import type { DisputeStatus } from "../../src/stripe/snapshots.ts";
import { disputeFacts } from "./arbitraries.ts";
import { dispute } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

describe("O1 joining facts about one dispute", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(disputeFacts, joinDisputeFacts);
  });

  test("keeps the last sighting of each status", () => {
    const joined = joinDisputeFacts(at("won", 9_000, "evt_2"), at("won", 5_000, "evt_1"));
    expect(joined.sightings).toEqual([{ status: "won", createdSeconds: 9_000, eventId: "evt_2" }]);
  });
});

describe("a dispute stands", () => {
  test.each([
    [["needs_response", "under_review", "won"], "won"],
    [["needs_response", "lost", "appeal_needs_response"], "appeal_needs_response"],
    [["lost", "appeal_under_review", "lost"], "lost"],
    [["warning_needs_response", "warning_under_review", "needs_response"], "needs_response"],
  ] as const)("after %j, days apart, as %s", (statuses, expected) => {
    expect(disputeStanding(dispute(...statuses)).status).toBe(expected);
  });

  test("within two seconds as the furthest status, because the times do not tell", () => {
    const facts = [at("won", 1_000), at("needs_response", 1_002)];
    expect(disputeStanding(facts.reduce(joinDisputeFacts)).status).toBe("won");
    const apart = [at("won", 1_000), at("needs_response", 1_003)];
    expect(disputeStanding(apart.reduce(joinDisputeFacts)).status).toBe("needs_response");
  });
});

function at(status: DisputeStatus, createdSeconds: number, id = `evt_${status}`) {
  const snapshot = { id: "du_1", chargeId: "ch_1", paymentIntentId: "pi_1", status };
  return disputeFact(snapshot, { id, createdSeconds });
}
