import type Stripe from "stripe";
import { expect, test } from "vitest";
import { startTestSandbox } from "../support/sandboxServer.ts";
import { flawsOf } from "./legalHistory.ts";
import { expectOracle } from "./oracle.ts";
import { openShop, type Shop } from "./shop.ts";

export type LifeCycle = (shop: Shop) => Promise<void>;

/**
 * One test for each life cycle, on a sandbox of its own: `live` drives it through the SDK and the hosted
 * pages and checks the outcome; then the whole history of events must be legal,
 * to the oracle of the plan rules too, and the plan by the gateway's rules must be the oracle's.
 */
export function lifeCycles(cycles: Record<string, LifeCycle>): void {
  for (const [name, live] of Object.entries(cycles)) {
    test(`S1 S2 S13 ${name}`, async () => {
      const sandbox = await startTestSandbox();
      try {
        await live(await openShop(sandbox));
        const events = await sandbox.events();
        expect(events.length).toBeGreaterThan(4);
        expect(flawsOf(events)).toEqual([]);
        await expectOracle(sandbox);
      } finally {
        await sandbox.close();
      }
    });
  }
}

/** The types of the events about one of `objects`, in order. */
export async function typesAbout(shop: Shop, ...objects: string[]): Promise<string[]> {
  const events = await shop.sandbox.events();
  return events
    .filter(({ data }) => objects.includes(String((data.object as { id?: string }).id)))
    .map(({ type }) => type);
}

export async function countOf(shop: Shop, type: string): Promise<number> {
  return (await shop.sandbox.events()).filter((event) => event.type === type).length;
}

/** The error that a call of the SDK ends in. */
export async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  return call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error) => error,
  );
}
