import { expect } from "vitest";
import { type JsonObject, stripeEvent, thinEvent } from "../../fixtures/stripe.ts";
import {
  deliver,
  nowSeconds,
  openPlan,
  planOf,
  planType,
  professional,
  rowOf,
  rows,
  tell,
  whenPassed,
} from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

export const RECOVERED: readonly ContractCase[] = [
  {
    promises: ["R1"],
    what: "a subscription that events leave ambiguous is read from Stripe, and the observation decides",
    run: async (place) => {
      const planId = await openPlan(place, "ambiguous");
      const object = professional(planId);
      place.outside.stripe.add(object);
      await tellTie(place, object);
      expect(await planOf(place, planId)).toMatchObject({
        planType: "free",
        ambiguousSubscriptionIds: [object["id"]],
      });
      await whenPassed(place, 4_000, async () => {
        expect(await planOf(place, planId)).toMatchObject({
          planType: "professional",
          ambiguousSubscriptionIds: [],
        });
      });
      expect(readsOf(place, object)).toHaveLength(1);
    },
  },
  {
    promises: ["R3"],
    what: "a read that fails is tried again",
    run: async (place) => {
      const planId = await openPlan(place, "unread");
      const object = professional(planId);
      const { stripe } = place.outside;
      stripe.add(object);
      stripe.fault = (path) => (path.includes(String(object["id"])) ? { status: 403 } : undefined);
      await tellTie(place, object);
      await whenPassed(place, 4_000, async () => {
        expect(readsOf(place, object)).toHaveLength(1);
      });
      stripe.fault = () => undefined;
      await whenPassed(place, 60_000, async () => {
        expect(await planType(place, planId)).toBe("professional");
      });
    },
  },
  {
    promises: ["R5", "R7"],
    what: "a reconcile finds what was never delivered, takes it in once, and tells until when it is sure",
    run: async (place) => {
      const planId = await openPlan(place, "missed");
      const created = nowSeconds(place) - 300;
      const event = stripeEvent("customer.subscription.created", professional(planId), { created });
      place.outside.stripe.events.push(event);
      await reconcile(place, {});
      await whenPassed(place, 0, async () => {
        expect(await place.run("reconcile:status")).toMatchObject({ run: { state: "done" } });
      });
      expect(await planType(place, planId)).toBe("professional");
      expect(await rowOf(place, String(event["id"]))).toMatchObject({
        provenance: "api",
        status: "applied",
      });
      const status = (await place.run("reconcile:status")) as Record<string, number>;
      expect(status["lastSureEventAtSeconds"]).toBeGreaterThan(created);
      expect(await (await deliver(place, event)).json()).toMatchObject({ isDuplicate: true });
    },
  },
  {
    promises: ["R6", "R8"],
    what: "a reconcile that Stripe disturbs goes on, and takes in subscriptions as they are when asked to",
    run: async (place) => {
      const planId = await openPlan(place, "never heard of");
      const { stripe } = place.outside;
      stripe.add(professional(planId));
      await reconcile(place, { subscriptions: true }, () => {
        stripe.fault = () => ({ status: 403 });
      });
      await whenPassed(place, 0, async () => {
        const { run } = (await place.run("reconcile:status")) as { run: JsonObject };
        expect(run).toMatchObject({ state: "running", attempts: expect.any(Number) });
        expect(run["attempts"]).toBeGreaterThan(0);
      });
      stripe.fault = () => undefined;
      await whenPassed(place, 120_000, async () => {
        expect(await place.run("reconcile:status")).toMatchObject({ run: { state: "done" } });
      });
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["R9"],
    what: "replaying one event or all changes nothing that was applied",
    run: async (place) => {
      const planId = await openPlan(place, "replayed");
      const eventId = await tell(place, "customer.subscription.created", professional(planId));
      const before = await planOf(place, planId);
      expect(await place.run("inbox:replayEvent", { eventId })).toMatchObject({
        hasFailed: false,
        status: "applied",
      });
      await place.run("inbox:replay", { type: "customer.subscription.created" });
      await whenPassed(place, 0, async () => {
        expect(await place.run("inbox:replayProgress")).toMatchObject({ state: "done", failed: 0 });
      });
      const { changedAtMs, version, planType: decided } = await planOf(place, planId);
      expect({ changedAtMs, version, planType: decided }).toEqual({
        changedAtMs: before["changedAtMs"],
        version: before["version"],
        planType: before["planType"],
      });
      expect(await place.run("plans:changes", { planId })).toHaveLength(1);
    },
  },
  {
    promises: ["T1"],
    what: "a thin event is kept and answered with 200; then its snapshot event is read and takes effect",
    run: async (place) => {
      const planId = await openPlan(place, "thin");
      const object = professional(planId);
      const snapshot = stripeEvent("customer.subscription.created", object);
      place.outside.stripe.events.push(snapshot);
      const thin = thinEvent("v1.customer.subscription.created", object, {
        snapshot_event: snapshot["id"],
      });
      const answer = await deliver(place, thin);
      expect(await answer.json()).toEqual({ status: "received", isDuplicate: false });
      await whenPassed(place, 1_000, async () => {
        expect(await planType(place, planId)).toBe("professional");
      });
      expect(await rowOf(place, String(thin["id"]))).toMatchObject({
        status: "recorded",
        statusReason: `read_as ${snapshot["id"]}`,
      });
    },
  },
  {
    promises: ["T2"],
    what: "a thin event that cannot be read yet waits and is tried again",
    run: async (place) => {
      const planId = await openPlan(place, "thin and late");
      const object = professional(planId);
      const { stripe } = place.outside;
      stripe.fault = () => ({ status: 403 });
      const thin = thinEvent("v1.customer.subscription.active", object);
      await deliver(place, thin);
      await whenPassed(place, 1_000, async () => {
        expect(await rowOf(place, String(thin["id"]))).toMatchObject({
          status: "received",
          attempts: 1,
        });
      });
      stripe.fault = () => undefined;
      stripe.add(object);
      await whenPassed(place, 120_000, async () => {
        expect(await planType(place, planId)).toBe("professional");
      });
      expect((await rows(place))[0]).toMatchObject({ provenance: "api" });
    },
  },
];

/** Two events of one second that contradict each other: nobody can tell which is newer. */
async function tellTie(place: Place, object: JsonObject): Promise<void> {
  const created = nowSeconds(place);
  for (const status of ["active", "unpaid"]) {
    await tell(place, "customer.subscription.updated", { ...object, status }, { created });
  }
}

/** Begins a reconcile, once the one is over that looks for gaps by itself. */
async function reconcile(
  place: Place,
  request: object,
  before: () => void = () => undefined,
): Promise<void> {
  await whenPassed(place, 0, async () => {
    expect(await place.run("reconcile:status")).not.toMatchObject({ run: { state: "running" } });
  });
  before();
  await place.run("reconcile:run", request);
}

function readsOf(place: Place, { id }: JsonObject): unknown[] {
  return place.outside.stripe.requests.filter(({ path }) => path.includes(String(id)));
}
