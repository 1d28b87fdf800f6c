import { createHash } from "node:crypto";
import type { JsonObject } from "../tests/fixtures/stripe.ts";
import { replayedWorld } from "../tests/model/lifeCycle/replayedWorld.ts";
import { truePlan } from "../tests/model/lifeCycle/truePlan.ts";
import { Dice, STEPS_BY_NAME, takeStep } from "../tests/sandbox/randomSteps.ts";
import { openShop } from "../tests/sandbox/shop.ts";
import { auditOf } from "../tests/support/ledgers.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import { SimulatedWorld } from "./simulation/SimulatedWorld.ts";

const LIVES = 200;
const SHORT_LIVES = 2;
const STEPS = 25;

/** Longer than Stripe tries a delivery. */
const QUIET_SECONDS = 5 * 24 * 3_600;

const NAMES = Object.keys(STEPS_BY_NAME);

/**
 * Lives through random lives of a buyer in a world of its own: gateway, Stripe and network on one clock, with
 * requests and answers that are lost, doubled and late, a Stripe that is busy, commits that fail and processes that
 * die. After each step the audit must find nothing and every acknowledged event be in the ledger once; when all is
 * quiet, the plan must be what the oracle says of Stripe's own events. The first life is lived twice, and must
 * be the same.
 */
export const simulation: Fault = {
  name: "simulation",
  what: "random lives in a world with faults, on a seeded clock",
  run: async ({ isShort, seed, onProgress }: FaultOptions): Promise<FaultResult> => {
    const lives = isShort ? SHORT_LIVES : LIVES;
    const broken: string[] = [];
    const faults: Record<string, number> = {};
    let days = 0;
    const startedAtMs = performance.now();
    const first = await live(seed);
    for (let number = 0; number < lives; number++) {
      const lived = await live(seed + number);
      days += lived.days;
      broken.push(...lived.flaws.map((flaw) => `seed ${seed + number}: ${flaw}`));
      for (const [name, times] of Object.entries(lived.faults)) {
        faults[name] = (faults[name] ?? 0) + times;
      }
      if (number === 0 && lived.trace !== first.trace) {
        broken.push(`seed ${seed} was not lived the same twice`);
      }
      onProgress(number + 1, lives);
    }
    const minutes = (performance.now() - startedAtMs) / 60_000;
    const figures = {
      lives,
      steps: lives * STEPS,
      days: Math.round(days),
      daysAMinute: Math.round((days + first.days) / minutes),
      faults: Object.entries(faults)
        .map(([name, times]) => `${name} ${times}`)
        .join(" "),
    };
    return { figures, broken };
  },
};

interface Lived {
  flaws: string[];
  days: number;
  faults: Record<string, number>;
  /** The same for the same life. */
  trace: string;
}

async function live(seed: number): Promise<Lived> {
  const world = await SimulatedWorld.open(seed);
  const flaws: string[] = [];
  const trace = createHash("sha256");
  try {
    const planId = String(await insist(() => world.call("plans:open", { ownerId: "ann" })));
    const shop = await world.during(openShop(world.sandbox, planId));
    const dice = new Dice(seed);
    const steps: string[] = [];
    for (let step = 0; step < STEPS && flaws.length === 0; step++) {
      const name = step < 2 ? dice.one(["buyOnThePage", "subscribe"]) : dice.one(NAMES);
      steps.push(name);
      await world.during(takeStep(name, shop, dice));
      await world.during(world.pass(1 + dice.below(24 * 3_600)));
      const standing = await insist(() => standingOf(world, planId));
      trace.update(`${name} ${standing.plan} ${standing.events}\n`);
      flaws.push(...standing.flaws.map((flaw) => `${flaw} after ${steps.join(" ")}`));
    }
    if (flaws.length === 0) {
      const flaw = await quietFlaw(world, planId);
      flaws.push(...(flaw === null ? [] : [`${flaw} after ${steps.join(" ")}`]));
    }
  } catch (error) {
    flaws.push(String(error));
  } finally {
    await world.close();
  }
  return { flaws, days: world.days, faults: world.faults, trace: trace.digest("hex") };
}

async function standingOf(
  world: SimulatedWorld,
  planId: string,
): Promise<{ plan: string; events: number; flaws: string[] }> {
  const ids = await ledgerIds(world);
  const times = new Map<string, number>();
  for (const id of ids) {
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const flaws = [...world.acknowledged]
    .filter((id) => !times.has(id))
    .map((id) => `${id} was acknowledged and is lost`);
  flaws.push(...[...times].filter(([, count]) => count > 1).map(([id]) => `${id} is there twice`));
  const { findings } = await auditOf({ call: (path, args) => world.call(path, args) });
  flaws.push(...findings.map((finding) => `audit: ${JSON.stringify(finding)}`));
  const { planType, seats } = (await world.call("plans:get", { planId })) as JsonObject;
  return { plan: `${planType} ${seats}`, events: ids.length, flaws };
}

/** What is wrong with the plan once everything was delivered or read. */
async function quietFlaw(world: SimulatedWorld, planId: string): Promise<string | null> {
  world.isFaulty = false;
  await world.during(world.pass(QUIET_SECONDS));
  await world.call("reconcile:run", { subscriptions: true });
  await world.during(world.pass(QUIET_SECONDS));
  const events = await world.during(world.sandbox.events());
  const truth = truePlan(
    replayedWorld(JSON.parse(JSON.stringify(events)) as JsonObject[]),
    world.nowSeconds,
  );
  const plan = (await world.call("plans:get", { planId })) as JsonObject;
  const { planType, seats } = plan;
  return planType === truth.planType && seats === truth.seats
    ? null
    : `the plan is ${JSON.stringify({ planType, seats, rule: plan["rule"], alerts: plan["alerts"] })} and not ${JSON.stringify(truth)}`;
}

async function ledgerIds(world: SimulatedWorld): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const paginationOpts = { numItems: 500, cursor };
    const { page, isDone, continueCursor } = (await world.call("events:list", {
      paginationOpts,
    })) as { page: JsonObject[]; isDone: boolean; continueCursor: string };
    ids.push(...page.map(({ stripeEventId }) => String(stripeEventId)));
    cursor = continueCursor;
    if (isDone) {
      return ids;
    }
  }
}

/** What failed for a fault is asked for again. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 10) {
        throw error;
      }
    }
  }
}
