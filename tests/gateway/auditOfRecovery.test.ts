import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  customer,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  thinEvent,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, makeLedger } from "../support/ledgers.ts";
import { settle } from "../support/manualTime.ts";
import { setStripeApi } from "../support/stripeKey.ts";

const DAY_MS = 24 * 3_600 * 1_000;

let stripe: GatewayWithStripe["stripe"];
let gateway: GatewayWithStripe["gateway"];
let close: GatewayWithStripe["close"];

beforeEach(async () => {
  // Days pass here: without the crons of every minute.
  const { crons: _, ...functions } = internalFunctions;
  ({ stripe, gateway, close } = await openGatewayWithStripe({ ...functions, faultyStore }));
});
afterEach(async () => await close());

async function pass(ms: number): Promise<void> {
  await gateway.time.advance(ms);
  await gateway.engine.scheduler.runDue();
}

const openPlan = async () => (await gateway.call("plans:open", { ownerId: "carl" })) as string;
const nowSeconds = () => Math.floor(gateway.time.clock.nowMs() / 1_000);

/** A subscription of which a month begins now. */
function monthly(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({
    price: price({ lookup_key: "professional_monthly" }),
    current_period_start: nowSeconds(),
    current_period_end: nowSeconds() + 30 * 24 * 3_600,
  });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

async function deliver(type: string, object: JsonObject): Promise<void> {
  const event = stripeEvent(type, object, { created: nowSeconds() });
  expect((await deliverTo(gateway, event)).status).toBe(200);
}

describe("X3 the audit is clean", () => {
  test("while an event waits to be tried again, and after it was applied", async () => {
    await makeLedger(gateway);
    const object = monthly(await openPlan(), { id: "sub_faulty" });
    await gateway.call("faultyStore:spoil", { objectId: "sub_faulty" });
    await deliver("customer.subscription.created", object);
    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    const waiting = await auditOf(gateway);
    expect(waiting.findings).toEqual([]);
    expect(waiting.statuses).toMatchObject({ failed: 1 });
    await pass(60_000);
    const applied = await auditOf(gateway);
    expect(applied.findings).toEqual([]);
    expect(applied.statuses["failed"]).toBeUndefined();
  });

  test("when an event without a rule came between an event that failed and its link", async () => {
    const object = monthly(await openPlan(), { id: "sub_faulty", customer: "cus_linked_late" });
    await gateway.call("faultyStore:spoil", { objectId: "sub_faulty" });
    await deliver("customer.subscription.created", object);
    await deliver("customer.updated", customer({ id: "cus_linked_late" }));
    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    await pass(60_000);
    const { findings, statuses } = await auditOf(gateway);
    expect(statuses).toEqual({ applied: 1, recorded: 1 });
    expect(findings).toEqual([]);
  });

  test("after everything was replayed", async () => {
    await makeLedger(gateway);
    await gateway.call("inbox:replay", {});
    await pass(1_000);
    expect(await gateway.call("inbox:replayProgress", {})).toMatchObject({ state: "done" });
    expect((await auditOf(gateway)).findings).toEqual([]);
  });

  test("with thin events and what was read for them, whose seals are checked again", async () => {
    const planId = await openPlan();
    const object = monthly(planId);
    stripe.add(object);
    expect(
      (await deliverTo(gateway, thinEvent("v1.customer.subscription.active", object))).status,
    ).toBe(200);
    expect((await auditOf(gateway)).findings).toEqual([]);
    await pass(1_000);
    const { findings, proofs, statuses } = await auditOf(gateway);
    expect(findings).toEqual([]);
    expect(proofs).toMatchObject({ signature: 2 });
    expect(statuses).toEqual({ applied: 1, recorded: 1 });
    setStripeApi(null);
    expect(await auditOf(gateway)).toMatchObject({ findings: [], proofs: { hash_only: 1 } });
  });

  test("before, at and after the time at which a plan changes by itself", async () => {
    const planId = await openPlan();
    await deliver("customer.subscription.created", monthly(planId));
    const { changesAtMs } = (await gateway.call("plans:get", { planId })) as {
      changesAtMs: number;
    };
    expect((await auditOf(gateway)).findings).toEqual([]);
    await gateway.time.advance(changesAtMs - gateway.time.clock.nowMs() + 4 * DAY_MS);
    // The job that writes it down has not run yet.
    expect((await auditOf(gateway)).findings).toEqual([]);
    await gateway.engine.start();
    await settle();
    const { findings, rows } = await auditOf(gateway);
    expect(findings).toEqual([]);
    expect(rows).toMatchObject({ planChanges: 2 });
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "free" });
  });
});
