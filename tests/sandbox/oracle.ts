import type Stripe from "stripe";
import { expect } from "vitest";
import type { JsonObject } from "../fixtures/stripe.ts";
import { decide } from "../model/expectPlan.ts";
import { factsOf, foldBatches, observation } from "../model/lifeCycle/foldEvents.ts";
import { illegalMoves } from "../model/lifeCycle/illegalMoves.ts";
import { replayedWorld } from "../model/lifeCycle/replayedWorld.ts";
import { truePlan } from "../model/lifeCycle/truePlan.ts";
import { DAY, type TestSandbox } from "../support/sandboxServer.ts";

/** How long after the last event the plan is looked at. */
const SILENCES_SECONDS = [0, 2 * DAY + 41, 12 * DAY + 43, 400 * DAY + 47];

/**
 * Holds what happened in a sandbox against the oracle of the plan rules: its history must be one that the
 * oracle's own lives could have told, and the gateway's rules must come to the oracle's plan, then and
 * later. As in the gateway, a subscription that its events leave ambiguous is read.
 */
export async function expectOracle(sandbox: TestSandbox): Promise<void> {
  const events = asJson(await sandbox.events());
  expect(illegalMoves(events)).toEqual([]);
  const { now } = await sandbox.control("/clock");
  const nowSeconds = Number(now);
  const told = factsOf(events);
  const reads = asJson(
    await sandbox.stripe.subscriptions
      .list({ status: "all", limit: 100 })
      .autoPagingToArray({ limit: 1_000 }),
  ).map((subscription) => observation(subscription, nowSeconds));
  const world = replayedWorld(events);
  const flagged = decide(foldBatches([told]), nowSeconds).alerts.some(
    ({ code }) => code === "subscription_ambiguous",
  );
  const facts = foldBatches([flagged ? [...told, ...reads] : told]);
  for (const silence of SILENCES_SECONDS) {
    const { planType, seats } = decide(facts, nowSeconds + silence);
    expect({ silence, planType, seats }).toEqual({
      silence,
      ...truePlan(world, nowSeconds + silence),
    });
  }
}

/** The objects as they are on the wire, without what the SDK adds. */
function asJson(objects: (Stripe.Event | Stripe.Subscription)[]): JsonObject[] {
  return JSON.parse(JSON.stringify(objects)) as JsonObject[];
}
