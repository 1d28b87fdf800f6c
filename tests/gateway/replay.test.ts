import { internalMutationGeneric, internalQueryGeneric } from "convex/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  checkoutSession,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { setDateNow } from "../support/manualDate.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

const TABLES = [
  ...["plans", "planChanges", "events", "recordedTypes", "links", "unlinkedEvents"],
  ...["subscriptions", "checkoutSessions", "invoices", "charges", "customers"],
];

const probe = {
  /** Every document but the notes on work to do. */
  everything: internalQueryGeneric(async ({ db }) => {
    const tables = TABLES.map(async (table) => [table, await db.query(table).collect()] as const);
    return Object.fromEntries(await Promise.all(tables));
  }),
  dropBodies: internalMutationGeneric(async ({ db }) => {
    for (const { _id } of await db.query("eventBodies").collect()) {
      await db.delete(_id);
    }
  }),
  alterBodies: internalMutationGeneric(async ({ db }) => {
    for (const { _id, text } of await db.query("eventBodies").collect()) {
      await db.patch(_id, { text: String(text).replace("unpaid", "active") });
    }
  }),
};

let gateway: SchedulerEngine;
beforeEach(() => {
  gateway = openSchedulerEngine({ ...internalFunctions, faultyStore, probe });
  setDateNow(gateway.time.clock.nowMs);
});
afterEach(() => setDateNow(null));

const openPlan = async (ownerId = "ann") =>
  (await gateway.call("plans:open", { ownerId })) as string;
const everything = async () =>
  (await gateway.call("probe:everything")) as Record<string, JsonObject[]>;
const progress = async () => (await gateway.call("inbox:replayProgress")) as JsonObject;

function professional(planId: string, id: string, status = "active"): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({ id, status, metadata: { planId }, items: listOf([item]) });
}

async function deliver(type: string, object: JsonObject, overrides: JsonObject = {}) {
  const event = stripeEvent(type, object, overrides);
  expect((await deliverTo(gateway, event)).status).toBe(200);
  return event["id"] as string;
}

async function replay(request: object = {}): Promise<JsonObject> {
  await gateway.call("inbox:replay", request);
  await gateway.engine.scheduler.runDue();
  return await progress();
}

/** A history with every status but dead and failed, and the objects of each kind. */
async function deliverHistory(planId: string): Promise<void> {
  await deliver("customer.subscription.created", professional(planId, "sub_1"));
  await deliver("customer.subscription.updated", professional(planId, "sub_1", "past_due"));
  await deliver("checkout.session.completed", checkoutSession({ client_reference_id: planId }));
  await deliver("customer.subscription.created", professional("no_such_plan", "sub_stray"));
  await deliver("invoice.paid", {
    id: "in_stray",
    object: "invoice",
    status: "paid",
    customer: "cus_x",
  });
  await deliver("radar.early_fraud_warning.created", { id: "issfr_1", object: "x" });
  await deliver("customer.subscription.created", professional(planId, "sub_live"), {
    livemode: true,
  });
}

/** An event that came to rest as dead: its subscription could not be linked. */
async function deliverDead(planId: string, subscriptionId: string): Promise<string> {
  await gateway.call("faultyStore:spoil", { objectId: subscriptionId });
  const id = await deliver("customer.subscription.created", professional(planId, subscriptionId));
  for (let attempt = 0; attempt < 12; attempt++) {
    await gateway.time.advance(6 * 60 * 60 * 1_000);
    await gateway.engine.scheduler.runDue();
  }
  return id;
}

describe("R9 replaying what was applied", () => {
  test("changes nothing, whatever became of it the first time", async () => {
    await deliverHistory(await openPlan());
    const before = await everything();
    const statuses = new Set(before["events"]?.map(({ status }) => status));
    expect(statuses).toEqual(new Set(["applied", "unlinked", "recorded", "quarantined"]));
    for (const { stripeEventId } of before["events"]?.filter(({ mode }) => mode === "test") ?? []) {
      await gateway.call("inbox:replayEvent", { eventId: stripeEventId });
    }
    expect(withoutIds(await everything())).toEqual(withoutIds(before));
    expect(await replay()).toMatchObject({ state: "done", replayed: 7, failed: 0, skipped: 0 });
    expect(withoutIds(await everything())).toEqual(withoutIds(before));
  });

  test("of an event that waits for its plan still lets the link bring it out", async () => {
    const eventId = await deliver("customer.subscription.created", professional("later", "sub_1"));
    await gateway.call("inbox:replayEvent", { eventId });
    const planId = await openPlan();
    await deliver("customer.subscription.updated", professional(planId, "sub_1"));
    const { events, unlinkedEvents } = await everything();
    expect(events?.map(({ status }) => status)).toEqual(["applied", "applied"]);
    expect(unlinkedEvents).toEqual([]);
  });
});

describe("R9 dead letters", () => {
  test("are replayed one by one: dead again while the cause is there, applied when it is gone", async () => {
    const planId = await openPlan();
    const eventId = await deliverDead(planId, "sub_1");
    expect((await everything())["events"]).toMatchObject([{ status: "dead", attempts: 12 }]);
    expect(await gateway.call("inbox:replayEvent", { eventId })).toEqual({
      hasFailed: true,
      status: "dead",
    });
    await gateway.call("faultyStore:mend", { objectId: "sub_1" });
    expect(await gateway.call("inbox:replayEvent", { eventId })).toEqual({
      hasFailed: false,
      status: "applied",
    });
    expect(await gateway.call("plans:get", { planId })).toMatchObject({
      planType: "professional",
    });
    expect(await gateway.call("plans:changes", { planId })).toHaveLength(1);
  });

  test("are replayed all together, and the replay tells how many failed", async () => {
    const planId = await openPlan();
    await deliver("customer.subscription.created", professional(planId, "sub_fine"));
    await deliverDead(planId, "sub_1");
    await deliver("customer.subscription.updated", { object: "x" });
    await gateway.call("faultyStore:mend", { objectId: "sub_1" });
    expect(await replay({ status: "dead" })).toMatchObject({
      state: "done",
      replayed: 2,
      failed: 0,
    });
    expect((await everything())["events"]?.map(({ status }) => status)).toEqual([
      "applied",
      "applied",
      "dead",
    ]);
    await gateway.call("faultyStore:spoil", { objectId: "sub_1" });
    expect(await replay({ status: "applied" })).toMatchObject({ replayed: 1, failed: 1 });
    expect((await everything())["events"]?.[1]).toMatchObject({ status: "applied" });
  });

  test("a failed event that is replayed keeps its attempts and its next one", async () => {
    const planId = await openPlan();
    await gateway.call("faultyStore:spoil", { objectId: "sub_1" });
    await deliver("customer.subscription.created", professional(planId, "sub_1"));
    const before = await everything();
    expect(await replay({ status: "failed" })).toMatchObject({ replayed: 0, failed: 1 });
    expect(await everything()).toEqual(before);
  });
});

describe("R9 a replay of many", () => {
  async function deliverMany(count: number, planId: string): Promise<void> {
    for (let index = 0; index < count; index++) {
      const isInvoice = index % 3 === 0;
      await (isInvoice
        ? deliver("charge.updated", { id: `ch_${index}`, object: "charge" })
        : deliver("customer.subscription.created", professional(planId, `sub_${index}`)));
    }
  }

  test("goes on in batches over every event once, and shows how far it is", async () => {
    await deliverMany(60, await openPlan());
    await gateway.call("inbox:replay");
    await gateway.engine.scheduler.startDue();
    await gateway.engine.scheduler.finishInProgress();
    expect(await progress()).toMatchObject({ state: "running", replayed: 25 });
    await gateway.engine.scheduler.runDue();
    expect(await progress()).toMatchObject({
      state: "done",
      replayed: 60,
      finishedAtMs: expect.any(Number),
    });
  });

  test("takes those of a type, of a time range, or both", async () => {
    const planId = await openPlan();
    await deliverMany(6, planId);
    await gateway.time.advance(60_000);
    const laterMs = gateway.time.clock.nowMs();
    await deliverMany(6, planId);
    expect(await replay({ type: "charge.updated" })).toMatchObject({ replayed: 4 });
    expect(await replay({ fromMs: laterMs })).toMatchObject({ replayed: 6 });
    expect(await replay({ toMs: laterMs, type: "charge.updated" })).toMatchObject({ replayed: 2 });
    expect(await replay({ type: "no.such" })).toMatchObject({ state: "done", replayed: 0 });
  });

  test("ends where it is canceled", async () => {
    await deliverMany(60, await openPlan());
    const replayId = await gateway.call("inbox:replay");
    await gateway.engine.scheduler.startDue();
    await gateway.engine.scheduler.finishInProgress();
    await gateway.call("inbox:cancelReplay", { replayId });
    await gateway.engine.scheduler.runDue();
    expect(await progress()).toMatchObject({ state: "canceled", replayed: 25 });
  });

  test("is refused, with a stable code, when it makes no sense", async () => {
    const code = (expected: string) => ({ data: { code: expected } });
    const call = gateway.call;
    await expect(call("inbox:replay", { fromMs: 2, toMs: 1 })).rejects.toMatchObject(
      code("time_range_invalid"),
    );
    await expect(call("inbox:replayEvent", { eventId: "evt_none" })).rejects.toMatchObject(
      code("event_not_found"),
    );
    const replayId = await call("inbox:replay");
    await expect(call("inbox:replay")).rejects.toMatchObject(code("replay_running"));
    await gateway.engine.scheduler.runDue();
    await expect(call("inbox:cancelReplay", { replayId })).rejects.toMatchObject(
      code("replay_not_running"),
    );
  });
});

describe("V4 R9 a body that is not what was verified", () => {
  test.each(["probe:dropBodies", "probe:alterBodies"])("takes no effect: %s", async (spoil) => {
    const planId = await openPlan();
    const eventId = await deliver(
      "customer.subscription.created",
      professional(planId, "sub_1", "unpaid"),
    );
    await gateway.call(spoil);
    const before = await everything();
    await expect(gateway.call("inbox:replayEvent", { eventId })).rejects.toMatchObject({
      data: { code: "event_body_unavailable" },
    });
    expect(await replay()).toMatchObject({ state: "done", replayed: 0, skipped: 1 });
    expect(await everything()).toEqual(before);
  });
});

/** Rows of waiting events are written anew. */
function withoutIds(tables: Record<string, JsonObject[]>): unknown {
  const unlinkedEvents = tables["unlinkedEvents"]?.map(
    ({ _id, _creationTime, ...fields }) => fields,
  );
  return { ...tables, unlinkedEvents };
}
