import { describe, expect, test } from "vitest";
import { FIXTURE_SECONDS, type JsonObject, stripeEvent } from "../fixtures/stripe.ts";
import { deliverTo } from "../support/internalFunctions.ts";
import { setDateNow } from "../support/manualDate.ts";
import { setStripeApi } from "../support/stripeKey.ts";
import { startStripeServer } from "../support/stripeServer.ts";
import { openWorld, professional } from "./world.ts";

describe("O1 O3 order", () => {
  test.each([
    ["active", "past_due"],
    ["active", "incomplete"],
    ["unpaid", "active"],
  ])("trap 1: %s stays when an older %s comes late", async (newer, older) => {
    const world = await openWorld();
    const { planId, deliver, plan } = world;
    await deliver("customer.subscription.updated", professional(planId, { status: newer }), {
      atSeconds: 60,
    });
    const before = await plan();
    await deliver("customer.subscription.updated", professional(planId, { status: older }));
    expect(await plan()).toEqual(before);
    expect(before["rule"]).toBe(`subscription_${newer}`);
  });

  test.each([
    ["as they happened", [0, 1, 2]],
    ["backwards", [2, 1, 0]],
    ["mixed", [1, 2, 0]],
  ])("trap 2: three changes of one second, %s, end in the last one", async (_, order) => {
    const { planId, deliver, plan } = await openWorld();
    const states = ["incomplete", "past_due", "active"];
    const object = professional(planId);
    for (const at of order) {
      const status = states[at] as string;
      const [type, previous] =
        at === 0 ? ["created", undefined] : ["updated", { status: states[at - 1] }];
      await deliver(
        `customer.subscription.${type}`,
        { ...object, status },
        {
          ...(previous !== undefined && { previous }),
        },
      );
    }
    expect(await plan()).toMatchObject({
      rule: "subscription_active",
      ambiguousSubscriptionIds: [],
    });
  });

  test("trap 2: a tie that nothing resolves is flagged, and the least generous state stands in", async () => {
    const { planId, deliver, plan } = await openWorld();
    for (const status of ["active", "unpaid"]) {
      await deliver("customer.subscription.updated", professional(planId, { status }));
    }
    expect(await plan()).toMatchObject({
      planType: "free",
      ambiguousSubscriptionIds: ["sub_1"],
      alerts: [{ code: "subscription_ambiguous", objectIds: ["sub_1"] }],
    });
  });

  test("trap 3: what a read brings does not overwrite what happened while it was under way", async () => {
    const stripe = await startStripeServer();
    setStripeApi(stripe.url);
    const { gateway, planId, deliver, plan } = await openWorld();
    stripe.nowMs = gateway.time.clock.nowMs;
    setDateNow(gateway.time.clock.nowMs);
    const sinceFixtures = () => Math.floor(gateway.time.clock.nowMs() / 1_000) - FIXTURE_SECONDS;
    stripe.add(professional(planId));
    for (const status of ["active", "past_due"]) {
      const atSeconds = sinceFixtures();
      await deliver("customer.subscription.updated", professional(planId, { status }), {
        atSeconds,
      });
    }
    await gateway.time.advance(4_000);
    stripe.fault = () => ({ delayMs: 200 });
    const reading = gateway.engine.scheduler.runDue();
    await expect.poll(() => stripe.requests.length).toBe(1);
    await gateway.time.advance(10_000);
    await deliver("customer.subscription.updated", professional(planId, { status: "unpaid" }), {
      atSeconds: sinceFixtures(),
    });
    await reading;
    expect((await plan())["rule"]).toBe("subscription_unpaid");
    setStripeApi(null);
    setDateNow(null);
    await gateway.engine.close();
    await stripe.close();
  });

  test.each([
    ["an older update", "updated"],
    ["its own creation", "created"],
  ])("trap 4: a subscription that ended is not brought back by %s", async (_, type) => {
    const { planId, deliver, plan, rows } = await openWorld();
    const ended = professional(planId, { status: "canceled" });
    await deliver("customer.subscription.deleted", ended, { atSeconds: 60 });
    await deliver(`customer.subscription.${type}`, professional(planId));
    expect(await plan()).toMatchObject({ planType: "free", rule: "subscription_canceled" });
    expect(await rows("subscriptions")).toHaveLength(1);
  });

  test("trap 29: an old event that an operator replays is no news", async () => {
    const { gateway, planId, deliver, plan } = await openWorld();
    const old = await deliver("customer.subscription.created", professional(planId));
    await deliver("customer.subscription.deleted", professional(planId, { status: "canceled" }), {
      atSeconds: 60,
    });
    const before = await plan();
    await gateway.call("inbox:replayEvent", { eventId: old["stripeEventId"] });
    expect(await plan()).toEqual(before);
    expect(before["planType"]).toBe("free");
  });

  test("trap 30: what is delivered at once makes one row of each object", async () => {
    const { gateway, planId, rows, plan } = await openWorld();
    const created = stripeEvent("customer.subscription.created", professional(planId));
    const updated = stripeEvent("customer.subscription.updated", professional(planId), {
      created: FIXTURE_SECONDS + 1,
    });
    const answers = await Promise.all(
      [created, updated, created, updated].map((event: JsonObject) => deliverTo(gateway, event)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await rows("events")).toHaveLength(2);
    expect(await rows("subscriptions")).toHaveLength(1);
    expect(await rows("planChanges")).toHaveLength(1);
    expect(await plan()).toMatchObject({ planType: "professional", version: 1 });
  });
});
