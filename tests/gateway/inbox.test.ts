import { describe, expect, test } from "vitest";
import { EVENT_RETRY } from "../../src/internal/recovery/retryEvent.ts";
import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf } from "../support/ledgers.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

const modules = { ...internalFunctions, faultyStore };

interface Row extends JsonObject {
  status: string;
  attempts: number;
  nextAttemptAtMs: number | null;
}

async function startedGateway(): Promise<SchedulerEngine> {
  const gateway = openSchedulerEngine(modules);
  await gateway.engine.start();
  return gateway;
}

function professionalEvent(planId: string, id: string): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  const object = subscription({ id, metadata: { planId }, items: listOf([item]) });
  return stripeEvent("customer.subscription.created", object);
}

async function onlyRow({ call }: SchedulerEngine): Promise<Row> {
  const paginationOpts = { numItems: 2, cursor: null };
  const { page } = (await call("events:list", { paginationOpts })) as { page: Row[] };
  expect(page).toHaveLength(1);
  return page[0] as Row;
}

async function planType({ call }: SchedulerEngine, planId: string): Promise<unknown> {
  return ((await call("plans:get", { planId })) as JsonObject)["planType"];
}

/** A gateway with an event whose rule fails: its subscription cannot be linked. */
async function gatewayWithFailedEvent() {
  const gateway = await startedGateway();
  const planId = (await gateway.call("plans:open", { ownerId: "ann" })) as string;
  await gateway.call("faultyStore:spoil", { objectId: "sub_faulty" });
  const event = professionalEvent(planId, "sub_faulty");
  const response = await deliverTo(gateway, event);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "failed", isDuplicate: false });
  return { gateway, planId, event };
}

describe("D3 D4 an event whose rule fails", () => {
  test("is kept as failed, tried again, and applied once when the cause is gone", async () => {
    const { gateway, planId, event } = await gatewayWithFailedEvent();
    const failed = await onlyRow(gateway);
    expect(failed).toMatchObject({ status: "failed", attempts: 1, appliedAtMs: null });
    expect(failed["statusReason"]).toContain("unique");

    await gateway.time.advance(EVENT_RETRY.firstDelayMs);
    expect(await onlyRow(gateway)).toMatchObject({ status: "failed", attempts: 2 });
    expect(await planType(gateway, planId)).toBe("free");

    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    await gateway.time.advance(EVENT_RETRY.firstDelayMs * EVENT_RETRY.factor);
    expect(await onlyRow(gateway)).toMatchObject({
      status: "applied",
      statusReason: null,
      attempts: 3,
      nextAttemptAtMs: null,
      appliedAtMs: expect.any(Number),
      planId,
    });
    expect(await planType(gateway, planId)).toBe("professional");
    expect(await gateway.call("plans:changes", { planId })).toHaveLength(1);
    expect(await (await deliverTo(gateway, event)).json()).toMatchObject({ isDuplicate: true });
    await gateway.engine.close();
  });

  test("waits longer each time, within bounds and with jitter, and is dead after the last attempt", async () => {
    const { gateway, planId } = await gatewayWithFailedEvent();
    const shares: number[] = [];
    for (let attempts = 1; attempts < EVENT_RETRY.maxAttempts; attempts++) {
      const row = await onlyRow(gateway);
      expect(row).toMatchObject({ status: "failed", attempts });
      const { firstDelayMs, factor, maxDelayMs } = EVENT_RETRY;
      const longestMs = Math.min(firstDelayMs * factor ** (attempts - 1), maxDelayMs);
      const delayMs = (row.nextAttemptAtMs ?? 0) - gateway.time.clock.nowMs();
      shares.push(delayMs / longestMs);
      await gateway.time.advance(delayMs);
    }
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.5);
    expect(new Set(shares).size).toBeGreaterThan(EVENT_RETRY.maxAttempts / 2);
    const dead = await onlyRow(gateway);
    expect(dead).toMatchObject({
      status: "dead",
      attempts: EVENT_RETRY.maxAttempts,
      nextAttemptAtMs: null,
    });
    expect(dead["statusReason"]).toContain("unique");
    await gateway.time.advance(2 * EVENT_RETRY.maxDelayMs);
    expect(await onlyRow(gateway)).toEqual(dead);
    expect(await planType(gateway, planId)).toBe("free");
    await gateway.engine.close();
  }, 60_000);

  test("whose job was lost is taken up by the sweeper", async () => {
    const { gateway, planId } = await gatewayWithFailedEvent();
    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    await gateway.call("faultyStore:loseJobs");
    await gateway.time.advance(EVENT_RETRY.firstDelayMs);
    expect(await onlyRow(gateway)).toMatchObject({ status: "failed", attempts: 1 });
    await gateway.time.advance(3 * 60_000);
    expect(await onlyRow(gateway)).toMatchObject({ status: "applied", attempts: 2 });
    expect(await planType(gateway, planId)).toBe("professional");
    await gateway.engine.close();
  });

  test("because its object cannot be read is dead at once: the same body fails each time", async () => {
    const gateway = await startedGateway();
    await deliverTo(gateway, stripeEvent("customer.subscription.updated", { object: "x" }));
    expect(await onlyRow(gateway)).toMatchObject({
      status: "dead",
      statusReason: "object_unreadable",
      attempts: 1,
      nextAttemptAtMs: null,
    });
    await gateway.engine.close();
  });
});

describe("D5 the inbox", () => {
  test("lists and counts events by what became of them", async () => {
    const { gateway } = await gatewayWithFailedEvent();
    await deliverTo(gateway, stripeEvent("radar.early_fraud_warning.created", { object: "x" }));
    await deliverTo(gateway, stripeEvent("charge.refunded", {}, { livemode: true }));
    const counts = (await gateway.call("inbox:counts")) as Record<string, unknown>;
    expect(counts).toEqual({
      received: { count: 0, isExact: true },
      applied: { count: 0, isExact: true },
      unlinked: { count: 0, isExact: true },
      recorded: { count: 1, isExact: true },
      quarantined: { count: 1, isExact: true },
      failed: { count: 1, isExact: true },
      dead: { count: 0, isExact: true },
    });
    for (const status of ["recorded", "quarantined", "failed"]) {
      const paginationOpts = { numItems: 10, cursor: null };
      const { page } = (await gateway.call("inbox:list", { status, paginationOpts })) as {
        page: Row[];
      };
      expect(page.map((row) => row.status)).toEqual([status]);
    }
    await gateway.engine.close();
  });
});

describe("Q11 an event that an operator marked dead", () => {
  test("is tried no more, not even by a replay of all, until a replay names it", async () => {
    const { gateway, planId, event } = await gatewayWithFailedEvent();
    const eventId = event["id"];
    await gateway.call("inbox:markDead", { eventId, reason: "made by a test" });
    const marked = await onlyRow(gateway);
    expect(marked).toMatchObject({
      ...{ status: "dead", statusReason: "marked_dead: made by a test", attempts: 1 },
      ...{ nextAttemptAtMs: null, appliedAtMs: null },
    });
    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    expect(await (await deliverTo(gateway, event)).json()).toMatchObject({ isDuplicate: true });
    await gateway.time.advance(4 * EVENT_RETRY.firstDelayMs);
    await gateway.call("inbox:replay", {});
    await gateway.engine.scheduler.runDue();
    expect(await gateway.call("inbox:replayProgress")).toMatchObject({
      ...{ state: "done", replayed: 0, failed: 0, skipped: 1 },
    });
    expect(await onlyRow(gateway)).toEqual(marked);
    expect(await gateway.call("dashboard:waiting")).toContainEqual({
      ...{ status: "dead", count: 0, isExact: true, oldestReceivedAtMs: null },
    });
    expect(await planType(gateway, planId)).toBe("free");
    expect((await auditOf(gateway)).findings).toEqual([]);

    await gateway.call("inbox:replayEvent", { eventId });
    expect(await onlyRow(gateway)).toMatchObject({ status: "applied", statusReason: null });
    expect(await planType(gateway, planId)).toBe("professional");
  });

  test("can be one that cannot be read, and none that had its effect; it has a reason", async () => {
    const gateway = await startedGateway();
    const unreadable = stripeEvent("customer.subscription.updated", {
      ...{ id: "sub_unreadable", object: "subscription" },
    });
    await deliverTo(gateway, unreadable);
    const mark = (eventId: unknown, reason: string) =>
      gateway.call("inbox:markDead", { eventId, reason });
    await expect(mark(unreadable["id"], " ")).rejects.toMatchObject({
      data: { code: "reason_invalid" },
    });
    await mark(unreadable["id"], "an old shape");
    expect((await auditOf(gateway)).findings).toEqual([]);

    const applied = professionalEvent("no_plan", "sub_1");
    await deliverTo(gateway, applied);
    await expect(mark(applied["id"], "why not")).rejects.toMatchObject({
      data: { code: "event_not_waiting" },
    });
    await expect(mark("evt_unknown", "why not")).rejects.toMatchObject({
      data: { code: "event_not_found" },
    });
  });
});
