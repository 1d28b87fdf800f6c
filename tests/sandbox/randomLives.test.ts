import type Stripe from "stripe";
import { expect, test } from "vitest";
import { startTestSandbox } from "../support/sandboxServer.ts";
import { flawsOf } from "./legalHistory.ts";
import { expectOracle } from "./oracle.ts";
import { Dice, STEPS_BY_NAME, takeStep } from "./randomSteps.ts";
import { openShop } from "./shop.ts";

const LIVES = 50;
const STEPS = 30;

const NAMES = Object.keys(STEPS_BY_NAME);

/** Lives one random life. Refusals are part of it; a failure of the sandbox's own is not. */
async function live(seed: number): Promise<{ events: Stripe.Event[]; steps: string[] }> {
  const sandbox = await startTestSandbox({ seed });
  const shop = await openShop(sandbox);
  const dice = new Dice(seed);
  const steps: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const name = step < 2 ? dice.one(["buyOnThePage", "subscribe"]) : dice.one(NAMES);
    steps.push(name);
    await takeStep(name, shop, dice).catch((error: unknown) => {
      throw new Error(`seed ${seed}, ${steps.join(" ")}: ${String(error)}`, { cause: error });
    });
  }
  await sandbox.advance(30 * 86_400);
  const events = await sandbox.events();
  await expectOracle(sandbox).catch((error: unknown) => {
    throw new Error(`seed ${seed}, ${steps.join(" ")}: ${String(error)}`, { cause: error });
  });
  await sandbox.close();
  return { events, steps };
}

test("S2 S13 random lives are legal histories, and meet every status and step", async () => {
  const statuses = new Set<string>();
  const met = new Set<string>();
  for (let seed = 1; seed <= LIVES; seed++) {
    const { events, steps } = await live(seed);
    expect({ seed, flaws: flawsOf(events) }).toEqual({ seed, flaws: [] });
    for (const { data, type } of events) {
      const { object, status } = data.object as { object: string; status?: string };
      statuses.add(`${object} ${status}`);
      met.add(type);
    }
    for (const step of steps) {
      met.add(step);
    }
  }
  expect(NAMES.filter((name) => !met.has(name))).toEqual([]);
  const wanted = ["active", "canceled", "incomplete", "incomplete_expired", "past_due", "paused"];
  for (const status of [...wanted, "trialing", "unpaid"]) {
    expect(statuses).toContain(`subscription ${status}`);
  }
  for (const status of ["draft", "open", "paid", "uncollectible", "void"]) {
    expect(statuses).toContain(`invoice ${status}`);
  }
}, 60_000);
