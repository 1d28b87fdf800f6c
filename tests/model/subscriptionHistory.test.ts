import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/internal/model/canonicalJson.ts";
import { UNKNOWN_STANDING } from "../../src/internal/model/paymentStanding.ts";
import {
  joinSubscriptionRecords,
  readSubscriptionRecords,
  type SubscriptionRecord,
} from "../../src/internal/model/subscriptionRecords.ts";
import { deliveries } from "./deliveries.ts";
import { facts } from "./examples.ts";
import { decide as decidePlan } from "./expectPlan.ts";
import { type SubscriptionHistory, subscriptionHistories } from "./subscriptionHistory.ts";

const RUNS = 4_000;

describe("O1 any legal history of a subscription, shuffled, repeated and split", () => {
  const count = { histories: 0, sameSecond: 0, ended: 0, returning: 0, ambiguous: 0, ordered: 0 };

  test("ends in one decision, and in the true state unless that is flagged as ambiguous", () => {
    const cases = subscriptionHistories(10).chain((history) =>
      fc.tuple(fc.constant(history), deliveries(history.records)),
    );
    fc.assert(
      fc.property(cases, ([history, batches]) => {
        const inOrder = absorb([history.records]);
        const arrived = absorb(batches);
        expect(arrived).toEqual(inOrder);
        expect(decide(arrived)).toEqual(decide(inOrder));
        const { state, ambiguous } = readSubscriptionRecords(arrived, () => 0);
        if (!ambiguous) {
          expect(state).toEqual(history.truth);
        }
        tally(history, arrived, ambiguous);
      }),
      { seed: 1, numRuns: RUNS },
    );
  });

  test("the histories of that test were not idle", () => {
    expect(count.histories).toBe(RUNS);
    expect(count.sameSecond).toBeGreaterThan(RUNS / 2);
    expect(count.ended).toBeGreaterThan(RUNS / 5);
    expect(count.returning).toBeGreaterThan(RUNS / 10);
    expect(count.ordered).toBeGreaterThan(RUNS / 5);
    expect(count.ambiguous).toBeGreaterThan(RUNS / 50);
    expect(count.ambiguous).toBeLessThan(RUNS / 4);
  });

  function tally(
    { records, truth }: SubscriptionHistory,
    kept: SubscriptionRecord[],
    ambiguous: boolean,
  ) {
    const texts = records.map(({ state }) => canonicalJson(state));
    const changes = texts.filter((text, position) => text !== texts[position - 1]);
    const seconds = new Set(records.map(({ createdSeconds }) => createdSeconds));
    count.histories += 1;
    count.sameSecond += Number(seconds.size < records.length);
    count.ended += Number(["canceled", "incomplete_expired"].includes(truth.status));
    count.returning += Number(new Set(changes).size < changes.length);
    count.ambiguous += Number(ambiguous);
    count.ordered += Number(
      !ambiguous && new Set(kept.map(({ state }) => canonicalJson(state))).size > 1,
    );
  }
});

test("clocks off by a second, one in twenty, mislead fewer than one history in a thousand", () => {
  const skewed = subscriptionHistories(10).chain((history) =>
    fc.tuple(
      fc.constant(history.truth),
      fc.tuple(
        ...history.records.map((record) =>
          fc
            .constantFrom(-1, 1, ...Array.from({ length: 38 }, () => 0))
            .map((skew) => ({ ...record, createdSeconds: record.createdSeconds + skew })),
        ),
      ),
    ),
  );
  let wrong = 0;
  fc.assert(
    fc.property(skewed, ([truth, records]) => {
      const { state, ambiguous } = readSubscriptionRecords(absorb([records]), () => 0);
      wrong += Number(!ambiguous && canonicalJson(state) !== canonicalJson(truth));
    }),
    { seed: 1, numRuns: RUNS },
  );
  expect(wrong).toBeLessThan(RUNS / 1_000);
});

function absorb(batches: SubscriptionRecord[][]): SubscriptionRecord[] {
  return batches
    .map((batch) =>
      batch.reduce<SubscriptionRecord[]>(
        (records, record) => joinSubscriptionRecords(records, [record]),
        [],
      ),
    )
    .reduce(joinSubscriptionRecords, []);
}

function decide(records: SubscriptionRecord[]) {
  return decidePlan(
    facts({ subscriptions: [{ subscriptionId: "sub_1", records, standing: UNKNOWN_STANDING }] }),
  );
}
