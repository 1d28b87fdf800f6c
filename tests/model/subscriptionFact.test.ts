import { describe, expect, test } from "vitest";
import { behindSince, joinStandings, wasPaid } from "../../src/internal/model/paymentStanding.ts";
import {
  joinSubscriptionFacts,
  subscriptionFact,
} from "../../src/internal/model/subscriptionFact.ts";
import { OBSERVED, type SubscriptionRecord } from "../../src/internal/model/subscriptionRecords.ts";
import type { SubscriptionSnapshot } from "../../src/stripe/snapshots.ts";
import { subscriptionRecords } from "./arbitraries.ts";
import { recordedSubscription, subscription, subscriptionRecord } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

const facts = subscriptionRecords.map(subscriptionFact);

describe("O1 joining facts about one subscription", () => {
  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(
      facts.map((fact) => ({ ...fact, subscriptionId: "sub_1" })),
      joinSubscriptionFacts,
    );
  });

  test("keeps when it fell behind after the record of it is gone", () => {
    const known = recordedSubscription(
      changed("active", "past_due", 1_000),
      seen("past_due", 90_000),
      seen("past_due", 180_000),
    );
    expect(known.records).toHaveLength(1);
    expect(since(known)).toEqual({ seconds: 1_000, isKnown: true });
  });
});

describe("a subscription is behind since", () => {
  test("the last time it fell behind, not since an earlier one that was mended", () => {
    const known = recordedSubscription(
      changed("active", "past_due", 1_000),
      changed("past_due", "active", 2_000),
      changed("active", "past_due", 3_000),
    );
    expect(since(known)).toEqual({ seconds: 3_000, isKnown: true });
  });

  test.each(["unpaid", "paused"])("before it was %s and came back as past due", (status) => {
    const known = recordedSubscription(
      changed("active", "past_due", 1_000),
      changed("past_due", status, 2_000),
      changed(status, "past_due", 3_000),
    );
    expect(since(known)).toEqual({ seconds: 1_000, isKnown: true });
  });

  test("at the latest of what came before, if the event that told was missed", () => {
    const read = { ...seen("past_due", 9_000), type: OBSERVED };
    expect(since(recordedSubscription(read))).toEqual({ seconds: 1_000, isKnown: false });
    expect(since(recordedSubscription(seen("active", 5_000), read))).toEqual({
      seconds: 5_000,
      isKnown: false,
    });
    const mended = [changed("active", "past_due", 2_000), changed("past_due", "active", 6_000)];
    expect(since(recordedSubscription(read, ...mended))).toEqual({
      seconds: 6_000,
      isKnown: false,
    });
  });

  test("an unknown time, if nothing tells", () => {
    expect(behindSince({ goodSeconds: null, behindSeconds: null }, { items: [] })).toEqual({
      seconds: null,
      isKnown: false,
    });
  });
});

test("what ended was paid if it was last seen in good standing", () => {
  expect(wasPaid({ goodSeconds: 2, behindSeconds: 1 })).toBe(true);
  expect(wasPaid({ goodSeconds: 2, behindSeconds: null })).toBe(true);
  expect(wasPaid({ goodSeconds: 1, behindSeconds: 2 })).toBe(false);
  expect(wasPaid({ goodSeconds: null, behindSeconds: null })).toBe(false);
  const mended = { goodSeconds: 3, behindSeconds: null };
  expect(wasPaid(joinStandings({ goodSeconds: 1, behindSeconds: 2 }, mended))).toBe(true);
});

function since({ standing }: ReturnType<typeof subscriptionFact>) {
  return behindSince(standing, subscription());
}

function seen(status: string, createdSeconds: number): SubscriptionRecord {
  const state = subscription({ status });
  return subscriptionRecord({ eventId: `evt_${createdSeconds}`, createdSeconds, state });
}

function changed(from: string, to: string, createdSeconds: number): SubscriptionRecord {
  const before: SubscriptionSnapshot = subscription({ status: from });
  return { ...seen(to, createdSeconds), before };
}
