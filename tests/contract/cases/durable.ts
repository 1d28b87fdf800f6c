import { expect } from "vitest";
import { deliveryOf, type JsonObject, stripeEvent } from "../../fixtures/stripe.ts";
import {
  deliver,
  ledger,
  nowSeconds,
  openPlan,
  planType,
  professional,
  rowOf,
  tell,
  whenPassed,
} from "../asking.ts";
import { type ContractCase, NO_STORE, NOTHING_KEPT } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

/** Longer than a failed event waits for its next attempt. */
const ATTEMPT_MS = 120_000;

export const DURABLE: readonly ContractCase[] = [
  {
    promises: ["D1", "E7"],
    what: "what was acknowledged is there after a stop without warning, once",
    skipped: NOTHING_KEPT,
    run: async (place) => {
      const planId = await openPlan(place, "kept");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      await deliver(place, event);
      await place.restart();
      expect(await planType(place, planId)).toBe("professional");
      expect(await (await deliver(place, event)).json()).toMatchObject({ isDuplicate: true });
    },
  },
  {
    promises: ["D2"],
    what: "while the store or its commits fail the answer is 503, and nothing is half written",
    skipped: NO_STORE,
    run: async (place) => {
      for (const what of ["store", "commit"] as const) {
        const planId = await openPlan(place, `failing ${what}`);
        const event = stripeEvent("customer.subscription.created", professional(planId));
        await place.fail(what);
        const refused = await deliver(place, event);
        await place.fail("");
        expect(refused.status).toBe(503);
        expect(await ledger(place)).not.toContain(event["id"]);
        expect(await planType(place, planId)).toBe("free");
        expect(await (await deliver(place, event)).json()).toMatchObject({ isDuplicate: false });
        expect(await planType(place, planId)).toBe("professional");
      }
    },
  },
  {
    promises: ["D3", "D5"],
    what: "an event that cannot be read is acknowledged, kept with the reason, listed and counted",
    run: async (place) => {
      const before = (await place.run("inbox:counts")) as Record<string, { atLeast?: number }>;
      const eventId = await tell(place, "customer.subscription.created", {
        object: "subscription",
      });
      expect(await rowOf(place, eventId)).toMatchObject({
        status: "dead",
        statusReason: expect.any(String),
      });
      const { page } = (await place.run("inbox:list", {
        status: "dead",
        paginationOpts: { numItems: 10, cursor: null },
      })) as { page: JsonObject[] };
      expect(page.map(({ stripeEventId }) => stripeEventId)).toContain(eventId);
      expect(await place.run("inbox:counts")).not.toEqual(before);
    },
  },
  {
    promises: ["D4"],
    what: "a failed event is tried again by itself, and then takes effect",
    run: async (place) => {
      const { planId, eventId } = await keepFailed(place, "tried again");
      await whenPassed(place, ATTEMPT_MS, async () => {
        expect(await rowOf(place, eventId)).toMatchObject({ status: "applied" });
      });
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["D6", "E9"],
    what: "an event that waits to be tried again is tried, once, after a stop without warning",
    skipped: NOTHING_KEPT,
    run: async (place) => {
      const { planId, eventId } = await keepFailed(place, "tried again elsewhere");
      await place.restart();
      await whenPassed(place, ATTEMPT_MS, async () => {
        expect(await rowOf(place, eventId)).toMatchObject({ status: "applied" });
      });
      expect(await place.run("plans:changes", { planId })).toHaveLength(1);
    },
  },
];

/** An event that failed once, as when a rule throws. */
async function keepFailed(
  place: Place,
  ownerId: string,
): Promise<{ planId: string; eventId: string }> {
  const planId = await openPlan(place, ownerId);
  const event = stripeEvent("customer.subscription.created", professional(planId));
  const delivery = deliveryOf(event, { timestampSeconds: nowSeconds(place) });
  await place.run("events:keepFailed", { ...delivery, reason: "a rule threw" });
  const eventId = String(event["id"]);
  expect(await rowOf(place, eventId)).toMatchObject({ status: "failed" });
  expect(await planType(place, planId)).toBe("free");
  return { planId, eventId };
}
