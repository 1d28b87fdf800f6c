import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventFact } from "../../../src/internal/ledger/eventFact.ts";
import type { PlanDecision, PlanFacts } from "../../../src/internal/model/derivePlan.ts";
import { decide } from "../expectPlan.ts";
import { factsOf, foldBatches, observation } from "./foldEvents.ts";
import { illegalMoves } from "./illegalMoves.ts";
import { type LifeCycle, type LivedThrough, lifeCycles, liveThrough } from "./lifeCycles.ts";
import { DAY_SECONDS } from "./market.ts";
import { EXPECTED_RULES, EXPECTED_TRANSITIONS } from "./notIdle.ts";
import { type Random, seededRandom, shuffled } from "./random.ts";
import { replayedWorld } from "./replayedWorld.ts";
import { loses, skewed, type Trouble } from "./trouble.ts";
import { truePlan } from "./truePlan.ts";

const HISTORIES = 20_000;
const JUDGED = 2_000;
const MAX_STEPS = 20;
const TIMEOUT_MS = 300_000;

/** How long after the last event the plan is looked at, while Stripe says nothing. */
const SILENCES_SECONDS = [
  0,
  2 * 3_600 + 41,
  DAY_SECONDS + 371,
  4 * DAY_SECONDS,
  12 * DAY_SECONDS,
  45 * DAY_SECONDS,
];

interface Case {
  lifeCycle: LifeCycle;
  arrivalSeed: number;
  trouble: Trouble;
  silenceSeconds: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  lifeCycle: lifeCycles(MAX_STEPS),
  arrivalSeed: fc.nat(),
  trouble: fc.constantFrom<Trouble>("none", "skew", "loss"),
  silenceSeconds: fc.constantFrom(...SILENCES_SECONDS),
});

const count = { events: 0, sameSecond: 0, flagged: 0, lossy: 0, skewed: 0, endedBySilence: 0 };
const transitions = new Map<string, number>();
const rules = new Map<string, number>();

describe("O1 legal life cycles of everything that a plan rests on", () => {
  test(
    `end in one plan however they arrive, and in the true one unless it is flagged (${HISTORIES} histories)`,
    () => {
      fc.assert(
        fc.property(cases, (each) => {
          const lived = liveThrough(each.lifeCycle);
          const atSeconds = lived.world.journal.nowSeconds + each.silenceSeconds;
          const random = seededRandom(each.arrivalSeed);
          const told = withTrouble(lived, each.trouble, random);
          const facts = foldBatches([told]);
          const decision = decide(facts, atSeconds);
          expect(decide(foldBatches(arrival(told, random)), atSeconds)).toEqual(decision);
          expectTruth(lived, isFlagged(decision) ? afterReads(lived, told) : facts, atSeconds);
          tally(lived, told, decision, each);
        }),
        { seed: 20_261_124, numRuns: HISTORIES },
      );
    },
    TIMEOUT_MS,
  );

  test(`are legal to the judge of real histories too (${JUDGED} histories)`, () => {
    fc.assert(
      fc.property(lifeCycles(MAX_STEPS), (lifeCycle) => {
        const { events, world } = liveThrough(lifeCycle);
        expect(illegalMoves(events)).toEqual([]);
        const { nowSeconds } = world.journal;
        expect(truePlan(replayedWorld(events), nowSeconds)).toEqual(truePlan(world, nowSeconds));
      }),
      { seed: 20_261_124, numRuns: JUDGED },
    );
  });

  test("those histories were not idle: every transition and nearly every rule was met", () => {
    for (const transition of EXPECTED_TRANSITIONS) {
      expect(transitions.get(transition) ?? 0, transition).toBeGreaterThan(HISTORIES / 1_000);
    }
    for (const rule of EXPECTED_RULES) {
      expect(rules.get(rule) ?? 0, rule).toBeGreaterThanOrEqual(5);
    }
    expect(count.events).toBeGreaterThan(15 * HISTORIES);
    expect(count.sameSecond).toBeGreaterThan(HISTORIES / 2);
    expect(count.lossy).toBeGreaterThan(HISTORIES / 5);
    expect(count.skewed).toBeGreaterThan(HISTORIES / 5);
    expect(count.endedBySilence).toBeGreaterThan(HISTORIES / 50);
    expect(count.flagged).toBeGreaterThan(HISTORIES / 100);
    expect(count.flagged).toBeLessThan(HISTORIES / 10);
  });
});

function expectTruth({ world }: LivedThrough, facts: PlanFacts, atSeconds: number): void {
  const { planType, seats } = decide(facts, atSeconds);
  expect({ planType, seats }).toEqual(truePlan(world, atSeconds));
}

function isFlagged({ alerts }: PlanDecision): boolean {
  return alerts.some(({ code }) => code === "subscription_ambiguous");
}

/** The facts once each subscription was read from Stripe, as one that is flagged is. */
function afterReads(lived: LivedThrough, told: readonly EventFact[]): PlanFacts {
  const facts = foldBatches([[...told, ...observations(lived)]]);
  expect(isFlagged(decide(facts, lived.world.journal.nowSeconds))).toBe(false);
  return facts;
}

function observations({ reads, world }: LivedThrough): EventFact[] {
  return reads.map((subscription) => observation(subscription, world.journal.nowSeconds - 1));
}

/** What is told of a history, rightly, at wrong times, or in part and mended by reads. */
function withTrouble(lived: LivedThrough, trouble: Trouble, random: Random): EventFact[] {
  const { events } = lived;
  switch (trouble) {
    case "none":
      return factsOf(events);
    case "skew":
      return factsOf(events.map((event) => skewed(event, random)));
    case "loss":
      return [...factsOf(events.filter((event) => !loses(event, random))), ...observations(lived)];
  }
}

/** Every fact at least once, some again, in any order, in batches that are worked through apart. */
function arrival(told: readonly EventFact[], random: Random): EventFact[][] {
  const again = told.filter(() => random.below(4) === 0);
  const batches: EventFact[][] = Array.from({ length: 1 + random.below(3) }, () => []);
  for (const said of shuffled([...told, ...again], random)) {
    batches[random.below(batches.length)]?.push(said);
  }
  return batches;
}

function tally(
  { events, reads, world }: LivedThrough,
  told: readonly EventFact[],
  decision: PlanDecision,
  { trouble, silenceSeconds }: Case,
): void {
  const { nowSeconds } = world.journal;
  const atOnce = truePlan(world, nowSeconds).planType;
  count.events += told.length;
  count.sameSecond += Number(new Set(events.map(({ created }) => created)).size < events.length);
  count.flagged += Number(isFlagged(decision));
  count.lossy += Number(trouble === "loss" && told.length < events.length + reads.length);
  count.skewed += Number(trouble === "skew");
  count.endedBySilence += Number(truePlan(world, nowSeconds + silenceSeconds).planType !== atOnce);
  rules.set(decision.rule, (rules.get(decision.rule) ?? 0) + 1);
  for (const [transition, times] of world.journal.transitions) {
    transitions.set(transition, (transitions.get(transition) ?? 0) + times);
  }
}
