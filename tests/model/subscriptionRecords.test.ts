import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  joinSubscriptionRecords,
  MAX_SUBSCRIPTION_RECORDS,
  OBSERVED,
  readSubscriptionRecords,
  type SubscriptionRecord,
} from "../../src/internal/model/subscriptionRecords.ts";
import type { SubscriptionSnapshot } from "../../src/stripe/snapshots.ts";
import { subscriptionRecords, subscriptionRecordsOf, subscriptionStates } from "./arbitraries.ts";
import { subscription, subscriptionRecord } from "./examples.ts";
import { expectJoinLaws } from "./joinLaws.ts";

const incomplete = subscription({ status: "incomplete" });
const active = subscription({ status: "active" });
const pastDue = subscription({ status: "past_due" });
const canceled = subscription({ status: "canceled" });

describe("O1 joining records of one subscription", () => {
  const joinedSets = fc
    .array(subscriptionRecords, { maxLength: 8 })
    .map((records) => joinSubscriptionRecords(records, []));

  test("is commutative, associative and idempotent", () => {
    expectJoinLaws(joinedSets, joinSubscriptionRecords, 5_000);
  });

  test("is so at the bound too", () => {
    const record = fc
      .tuple(subscriptionRecordsOf(subscriptionStates), fc.integer({ min: 1, max: 100 }))
      .map(([each, number]) => ({ ...each, type: "updated", eventId: `evt_${number}` }))
      .filter(({ state }) => state.status !== "canceled");
    const largeSets = fc
      .array(record, { minLength: 60, maxLength: 150, size: "max" })
      .map((records) => joinSubscriptionRecords(records, []));
    expectJoinLaws(largeSets, joinSubscriptionRecords, 60);
  });

  test("an empty set changes nothing", () => {
    fc.assert(
      fc.property(joinedSets, (records) => {
        expect(joinSubscriptionRecords(records, [])).toEqual(records);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("keeps what is within two seconds of the newest record, sorted by event id", () => {
    expect(join(at(1_000, "evt_c"), at(1_001, "evt_b"), at(1_003, "evt_a"))).toEqual([
      at(1_003, "evt_a"),
      at(1_001, "evt_b"),
    ]);
  });

  test("keeps only terminal records once there is one, even if its clock is behind", () => {
    const ended = subscriptionRecord({ eventId: "evt_1", createdSeconds: 10, state: canceled });
    expect(join(at(1_000, "evt_2"), ended, at(2_000, "evt_3"))).toEqual([ended]);
    const expired = { ...ended, state: subscription({ status: "incomplete_expired" }) };
    expect(join(at(1_000, "evt_2"), expired)).toEqual([expired]);
  });

  test("drops what is older than the newest observation and keeps what is not", () => {
    const observed = { ...at(1_001, "read_1"), type: OBSERVED };
    expect(join(at(1_000, "evt_1"), observed, at(1_001, "evt_2"), at(1_002, "evt_3"))).toEqual([
      at(1_001, "evt_2"),
      at(1_002, "evt_3"),
      observed,
    ]);
  });

  test("keeps one record of an event that arrives in two API shapes, the one that says more", () => {
    const withKey = at(1_000, "evt_1");
    const withoutKey = {
      ...withKey,
      state: {
        ...active,
        items: active.items.map((item) => ({ ...item, lookupKey: null })),
      },
    };
    expect(join(withKey, withoutKey)).toEqual([withKey]);
    expect(join(withoutKey, withKey)).toEqual([withKey]);
  });

  test("keeps a bounded number of records and then calls the reading ambiguous", () => {
    const records = Array.from({ length: MAX_SUBSCRIPTION_RECORDS + 5 }, (_, position) =>
      at(1_000, `evt_${String(position).padStart(3, "0")}`),
    );
    const kept = join(...records);
    expect(kept).toEqual(records.slice(0, MAX_SUBSCRIPTION_RECORDS));
    expect(read(kept).ambiguous).toBe(true);
    expect(read(kept.slice(1)).ambiguous).toBe(false);
  });
});

describe("reading records of one subscription", () => {
  test("a single state is the answer, and the first event that showed it is named", () => {
    const later = at(1_001, "evt_a");
    const first = at(1_000, "evt_b");
    expect(read(join(later, first))).toEqual({
      state: active,
      ambiguous: false,
      eventId: "evt_b",
    });
  });

  test("states of one second are ordered by what changed into what", () => {
    const records = join(
      changed("evt_3", incomplete, active),
      changed("evt_1", active, pastDue),
      subscriptionRecord({ eventId: "evt_2", state: incomplete }),
    );
    expect(read(records)).toEqual({ state: pastDue, ambiguous: false, eventId: "evt_1" });
  });

  test("a change that no snapshot shows orders nothing and confuses nothing", () => {
    expect(read(join(changed("evt_1", active, active)))).toEqual({
      state: active,
      ambiguous: false,
      eventId: "evt_1",
    });
  });

  test("two states without a link are ambiguous, and the least generous stands in", () => {
    const records = join(at(1_000, "evt_1", active), at(1_002, "evt_2", incomplete));
    expect(read(records)).toEqual({ state: incomplete, ambiguous: true, eventId: "evt_2" });
  });

  test("states that changed back and forth within the window are ambiguous", () => {
    const records = join(
      changed("evt_1", active, pastDue),
      changed("evt_2", pastDue, active),
      changed("evt_3", active, incomplete),
    );
    expect(read(records).ambiguous).toBe(true);
  });

  test("a cycle beside the only last state is ambiguous too", () => {
    const records = join(
      changed("evt_1", active, pastDue),
      changed("evt_2", pastDue, active),
      at(1_000, "evt_3", incomplete),
    );
    expect(read(records).ambiguous).toBe(true);
  });

  test("equally generous stand-ins are told apart by period start, then by event id", () => {
    const renewed = inPeriod(2_000);
    const renewedAndEnding = { ...renewed, cancelAtPeriodEnd: true };
    const byPeriod = join(at(1_000, "evt_1", renewed), at(1_000, "evt_2", inPeriod(1_000)));
    expect(read(byPeriod)).toEqual({ state: renewed, ambiguous: true, eventId: "evt_1" });
    const byId = join(at(1_000, "evt_1", renewedAndEnding), at(1_000, "evt_2", renewed));
    expect(read(byId)).toEqual({ state: renewed, ambiguous: true, eventId: "evt_2" });
  });

  test("an observation later than every event settles an ambiguity", () => {
    const ambiguous = join(at(1_000, "evt_1", active), at(1_000, "evt_2", pastDue));
    const observed = { ...at(1_001, "read_1", pastDue), type: OBSERVED };
    expect(read(ambiguous).ambiguous).toBe(true);
    expect(read(join(...ambiguous, observed))).toEqual({
      state: pastDue,
      ambiguous: false,
      eventId: "read_1",
    });
  });

  test("an event is named rather than an observation of the same state", () => {
    const observed = { ...at(1_000, "a_read", pastDue), type: OBSERVED };
    expect(read(join(observed, at(1_001, "evt_1", pastDue))).eventId).toBe("evt_1");
  });

  test("an empty set cannot be read", () => {
    expect(() => read([])).toThrow(TypeError);
  });
});

function join(...records: SubscriptionRecord[]): SubscriptionRecord[] {
  return records.reduce<SubscriptionRecord[]>(
    (joined, record) => joinSubscriptionRecords(joined, [record]),
    [],
  );
}

function read(records: SubscriptionRecord[]) {
  return readSubscriptionRecords(records, generosity);
}

function generosity({ status }: SubscriptionSnapshot): number {
  return ["incomplete", "past_due", "active"].indexOf(status);
}

function at(
  createdSeconds: number,
  eventId: string,
  state: SubscriptionSnapshot = active,
): SubscriptionRecord {
  return subscriptionRecord({ createdSeconds, eventId, state });
}

function changed(
  eventId: string,
  before: SubscriptionSnapshot,
  state: SubscriptionSnapshot,
): SubscriptionRecord {
  return subscriptionRecord({ eventId, before, state });
}

function inPeriod(currentPeriodStartSeconds: number): SubscriptionSnapshot {
  return subscription({
    items: active.items.map((item) => ({ ...item, currentPeriodStartSeconds })),
  });
}
