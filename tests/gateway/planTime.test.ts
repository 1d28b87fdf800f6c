import { afterEach, describe, expect, test } from "vitest";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  listOf,
  MONTH_SECONDS,
  price,
  refund,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { settle } from "../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

const DAY_SECONDS = 24 * 3_600;

let gateway: SchedulerEngine;
afterEach(async () => await gateway.engine.close());

/** Without the crons, which would run every minute of the months that pass here. */
const { crons: _, ...functions } = internalFunctions;

async function openPlan(): Promise<string> {
  gateway = openSchedulerEngine(functions);
  gateway.engine.start();
  return (await gateway.call("plans:open", { ownerId: "ann" })) as string;
}

function nowSeconds(): number {
  return Math.floor(gateway.time.clock.nowMs() / 1_000);
}

async function deliver(type: string, object: JsonObject, data: JsonObject = {}): Promise<string> {
  const event = stripeEvent(type, object, { created: nowSeconds(), ...data });
  await gateway.call("events:ingest", deliveryOf(event, { timestampSeconds: nowSeconds() }));
  return event["id"] as string;
}

async function pass(seconds: number): Promise<void> {
  await gateway.time.advance(seconds * 1_000);
  await settle();
}

async function plan(planId: string): Promise<JsonObject> {
  return (await gateway.call("plans:get", { planId })) as JsonObject;
}

async function changes(planId: string): Promise<JsonObject[]> {
  return (await gateway.call("plans:changes", { planId })) as JsonObject[];
}

/** Jobs that wait, and all documents of a table. */
async function documents(table: string): Promise<JsonObject[]> {
  const { page } = (await gateway.call("_system/cli/tableData", {
    table,
    order: "asc",
    paginationOpts: { numItems: 100, cursor: null },
  })) as { page: JsonObject[] };
  return page;
}

async function pendingJobs(): Promise<JsonObject[]> {
  const jobs = await documents("_scheduled_functions");
  return jobs.filter(({ state }) => (state as JsonObject)["kind"] === "pending");
}

function monthly(planId: string, overrides: JsonObject = {}): JsonObject {
  return subscription({
    metadata: { planId },
    items: listOf([
      subscriptionItem({
        current_period_start: nowSeconds(),
        current_period_end: nowSeconds() + MONTH_SECONDS,
        price: price({ lookup_key: "professional_monthly" }),
        quantity: 4,
      }),
    ]),
    ...overrides,
  });
}

describe("P8 when nothing is heard any more", () => {
  test("a renewal that does not come ends the plan, and the change names the event it rested on", async () => {
    const planId = await openPlan();
    const eventId = await deliver("customer.subscription.created", monthly(planId));
    await pass(MONTH_SECONDS - 60);
    expect(await plan(planId)).toMatchObject({ planType: "professional", seats: 4 });
    await pass(120);
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "subscription_renewal_awaited",
    });
    expect(await changes(planId)).toHaveLength(1);
    await pass(3 * DAY_SECONDS);
    expect(await plan(planId)).toMatchObject({
      planType: "free",
      seats: null,
      rule: "subscription_period_over",
      changesAtMs: null,
      version: 2,
      alerts: [{ code: "subscription_overdue" }],
    });
    const [last, first] = await changes(planId);
    expect(first).toMatchObject({ to: "professional", cause: "event", stripeEventId: eventId });
    expect(last).toMatchObject({ to: "free", cause: "time", stripeEventId: eventId });
    expect(await documents("subscriptionReads")).toMatchObject([{ status: "waiting" }]);
    expect(await pendingJobs()).toEqual([]);
  });

  test("a plan has one job at most, which follows what is heard", async () => {
    const planId = await openPlan();
    const object = monthly(planId);
    await deliver("customer.subscription.created", object);
    const [first] = await pendingJobs();
    await pass(DAY_SECONDS);
    await deliver("customer.subscription.updated", { ...object, cancel_at: nowSeconds() + 100 });
    const [second, ...others] = await pendingJobs();
    expect(others).toEqual([]);
    expect(second?.["_id"]).not.toBe(first?.["_id"]);
    expect(second?.["scheduledTime"]).toBe((await plan(planId))["changesAtMs"]);
    await deliver("customer.subscription.deleted", { ...object, status: "canceled" });
    expect(await pendingJobs()).toEqual([]);
    expect(await documents("planTimers")).toEqual([]);
  });

  test("a renewal leaves the job that waits, which sets the next one when its time has come", async () => {
    const planId = await openPlan();
    const object = monthly(planId);
    await deliver("customer.subscription.created", object);
    const [waiting] = await pendingJobs();
    await pass(MONTH_SECONDS - DAY_SECONDS);
    const { items } = monthly(planId);
    await deliver("customer.subscription.updated", { ...object, items });
    const changesAtMs = Number((await plan(planId))["changesAtMs"]);
    expect(changesAtMs).toBeGreaterThan(Number(waiting?.["scheduledTime"]));
    expect(await pendingJobs()).toEqual([waiting]);
    await pass(2 * DAY_SECONDS);
    expect(await plan(planId)).toMatchObject({ planType: "professional", changesAtMs });
    expect(await pendingJobs()).toMatchObject([{ scheduledTime: changesAtMs }]);
    await pass(MONTH_SECONDS + 3 * DAY_SECONDS);
    expect(await changes(planId)).toMatchObject([
      { cause: "time", to: "free" },
      { cause: "event" },
    ]);
  });

  test("a change that is years ahead is reached by one job after the other", async () => {
    const planId = await openPlan();
    const item = subscriptionItem({
      current_period_start: nowSeconds(),
      current_period_end: nowSeconds() + 3 * 365 * DAY_SECONDS,
      price: price({ lookup_key: "professional_yearly" }),
    });
    await deliver("customer.subscription.created", monthly(planId, { items: listOf([item]) }));
    const { changesAtMs } = await plan(planId);
    for (const year of [1, 2, 3]) {
      const [job, ...others] = await pendingJobs();
      expect(others).toEqual([]);
      expect(job?.["scheduledTime"]).toBeLessThanOrEqual(Number(changesAtMs));
      await pass(365 * DAY_SECONDS);
      expect((await plan(planId))["rule"]).toBe(
        year < 3 ? "subscription_active" : "subscription_renewal_awaited",
      );
    }
    await pass(3 * DAY_SECONDS + 60);
    expect((await changes(planId))[0]).toMatchObject({ cause: "time", to: "free" });
  });

  test("a purchase has none", async () => {
    const planId = await openPlan();
    await deliver("checkout.session.completed", checkoutSession({ client_reference_id: planId }));
    expect(await plan(planId)).toMatchObject({ planType: "professional", changesAtMs: null });
    expect(await pendingJobs()).toEqual([]);
  });

  test("a grace that runs out is in the answer of plans:get before the job has run", async () => {
    const planId = await openPlan();
    const object = monthly(planId);
    await deliver("customer.subscription.created", object);
    const failing = { ...object, status: "past_due" };
    await deliver("customer.subscription.updated", failing, {
      previousAttributes: { status: "active" },
    });
    await gateway.engine.close();
    const { store, time } = gateway;
    gateway = openSchedulerEngine(internalFunctions, { store, time });
    await pass(7 * DAY_SECONDS - 1);
    expect(await plan(planId)).toMatchObject({ planType: "professional" });
    await pass(1);
    const graceOver = { planType: "free", rule: "subscription_past_due_grace_over" };
    expect(await plan(planId)).toMatchObject({ ...graceOver, version: 1 });
    expect(await changes(planId)).toHaveLength(1);
    gateway.engine.start();
    await pass(1);
    expect(await plan(planId)).toMatchObject({ ...graceOver, version: 2 });
    expect((await changes(planId))[0]).toMatchObject({ cause: "time", to: "free" });
  });

  test("V6 somebody who runs the job by hand changes nothing, and a second job is not left", async () => {
    const planId = await openPlan();
    const eventId = await deliver("customer.subscription.created", monthly(planId));
    const before = await plan(planId);
    await gateway.call("plans:passTime", { planId, eventId });
    expect(await plan(planId)).toEqual(before);
    expect(await pendingJobs()).toHaveLength(1);
    const other = await deliver("checkout.session.completed", checkoutSession());
    await expect(gateway.call("plans:passTime", { planId, eventId: other })).rejects.toMatchObject({
      data: { code: "event_not_applied" },
    });
    await expect(
      gateway.call("plans:passTime", { planId, eventId: "evt_never_seen" }),
    ).rejects.toMatchObject({ data: { code: "event_not_found" } });
  });
});

test("P4 P11 a refund that fails and a dispute that is won give a purchase back", async () => {
  const planId = await openPlan();
  const session = checkoutSession({ client_reference_id: planId });
  const { payment_intent } = session;
  await deliver("checkout.session.completed", session);
  const refunded = refund({ payment_intent });
  await deliver("refund.created", refunded);
  expect(await plan(planId)).toMatchObject({ planType: "free", rule: "purchase_refunded" });
  await deliver("refund.failed", { ...refunded, status: "failed" });
  expect(await plan(planId)).toMatchObject({
    planType: "professional",
    rule: "purchase_refund_failed",
  });
  const disputed = { id: "du_1", object: "dispute", charge: refunded["charge"], payment_intent };
  await deliver("charge.dispute.created", { ...disputed, status: "needs_response" });
  expect(await plan(planId)).toMatchObject({ planType: "free", rule: "purchase_disputed" });
  await pass(DAY_SECONDS);
  await deliver("charge.dispute.closed", { ...disputed, status: "won" });
  expect(await plan(planId)).toMatchObject({
    planType: "professional",
    rule: "purchase_dispute_over",
  });
  expect(await changes(planId)).toHaveLength(5);
});
