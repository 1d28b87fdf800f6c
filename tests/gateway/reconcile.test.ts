import { internalQueryGeneric } from "convex/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RECONCILE_RETRY } from "../../src/internal/reconcile.ts";
import {
  DELIVERY_GRACE_SECONDS,
  EVENTS_LISTED_SECONDS,
  MAX_RUNS_KEPT,
} from "../../src/internal/recovery/reconcileRun.ts";
import { sealApiText } from "../../src/stripe/apiSeal.ts";
import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { setStripeApi, TEST_STRIPE_KEY } from "../support/stripeKey.ts";

const HOUR_SECONDS = 3_600;

const runs = {
  count: internalQueryGeneric(async ({ db }) => (await db.query("reconciles").collect()).length),
};

let stripe: GatewayWithStripe["stripe"];
let gateway: GatewayWithStripe["gateway"];
let close: GatewayWithStripe["close"];

beforeEach(async () => {
  ({ stripe, gateway, close } = await openGatewayWithStripe({
    ...internalFunctions,
    faultyStore,
    runs,
  }));
});
afterEach(async () => await close());

interface Status {
  lagSeconds: number;
  lastSureEventAtSeconds: number | null;
  run: JsonObject | null;
}

const nowSeconds = (): number => Math.floor(gateway.time.clock.nowMs() / 1_000);
const status = async () => (await gateway.call("reconcile:status")) as Status;
const openPlan = async (ownerId = "ann") =>
  (await gateway.call("plans:open", { ownerId })) as string;
const planType = async (planId: string) =>
  ((await gateway.call("plans:get", { planId })) as JsonObject)["planType"];
const lists = () => stripe.requests.filter(({ path }) => path.startsWith("/v1/events?"));

async function ledger(): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 500, cursor: null };
  const { page } = (await gateway.call("events:list", { paginationOpts })) as {
    page: JsonObject[];
  };
  return page.toReversed();
}

function professional(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({
    current_period_end: nowSeconds() + 2 * EVENTS_LISTED_SECONDS,
    price: price({ lookup_key: "professional_monthly" }),
  });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

/** An event that Stripe made and lists. */
function happened(object: JsonObject, ageSeconds: number, type = "updated"): JsonObject {
  const created = nowSeconds() - ageSeconds;
  const event = stripeEvent(`customer.subscription.${type}`, object, { created });
  stripe.events.push(event);
  stripe.events.sort((a, b) => Number(a["created"]) - Number(b["created"]));
  return event;
}

async function pass(ms: number): Promise<void> {
  await gateway.time.advance(ms);
  await gateway.engine.scheduler.runDue();
}

async function reconcile(request: object = {}): Promise<Status> {
  await gateway.call("reconcile:run", request);
  await gateway.engine.scheduler.runDue();
  return await status();
}

describe("R5 events that Stripe made while nobody listened", () => {
  test("are found, taken in oldest first, and change the plans", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    const events = [
      happened(object, 9 * HOUR_SECONDS, "created"),
      happened({ ...object, status: "past_due" }, 5 * HOUR_SECONDS),
      happened({ ...object, status: "active" }, HOUR_SECONDS),
    ];
    const { run, lagSeconds, lastSureEventAtSeconds } = await reconcile();
    expect(run).toMatchObject({ state: "done", seen: 3, new: 3, applied: 3, failed: 0 });
    expect(lagSeconds).toBe(0);
    expect(nowSeconds() - (lastSureEventAtSeconds ?? 0)).toBeLessThanOrEqual(2);
    expect(await planType(planId)).toBe("professional");
    expect(await ledger()).toMatchObject(
      events.map(({ id }) => ({ stripeEventId: id, provenance: "api", status: "applied" })),
    );
    const [change] = (await gateway.call("plans:changes", { planId })) as JsonObject[];
    expect(change).toMatchObject({ stripeEventId: events[0]?.["id"], to: "professional" });
  });

  test("are found over many pages, in order, and only what is missing is taken in", async () => {
    const planId = await openPlan();
    stripe.maxPageSize = 3;
    const events = Array.from({ length: 20 }, (_, index) =>
      happened(professional(planId, { id: `sub_${index}` }), (20 - index) * HOUR_SECONDS),
    );
    const delivered = events.filter((_, index) => index % 4 === 2);
    for (const event of delivered) {
      await deliverTo(gateway, event);
    }
    const { run } = await reconcile();
    expect(run).toMatchObject({ state: "done", seen: 20, new: 15, applied: 15 });
    const rows = await ledger();
    expect(rows.map(({ stripeEventId }) => stripeEventId)).toEqual([
      ...delivered.map(({ id }) => id),
      ...events.filter((event) => !delivered.includes(event)).map(({ id }) => id),
    ]);
  });

  test("of more types than one list may name are found by several lists", async () => {
    await reconcile();
    const asked = lists().map(({ path }) => new URL(path, stripe.url).searchParams);
    for (const parameters of asked) {
      const types = [...parameters.keys()].filter((name) => name.startsWith("types"));
      expect(types.length).toBeGreaterThan(0);
      expect(types.length).toBeLessThanOrEqual(20);
      expect(parameters.get("limit")).toBe("100");
      expect(Number(parameters.get("created[gte]"))).toBe(nowSeconds() - EVENTS_LISTED_SECONDS);
    }
    const types = asked.flatMap((each) => [...each].filter(([name]) => name.startsWith("types")));
    expect(types.map(([, type]) => type)).toContain("invoice.paid");
    expect(types.map(([, type]) => type)).toContain("customer.deleted");
  });

  test("whose rule fails are kept, tried again, and do not stop the run", async () => {
    const planId = await openPlan();
    await gateway.call("faultyStore:spoil", { objectId: "sub_faulty" });
    happened(professional(planId, { id: "sub_faulty" }), 2 * HOUR_SECONDS);
    happened(professional(planId, { id: "sub_whole" }), HOUR_SECONDS);
    const { run } = await reconcile();
    expect(run).toMatchObject({ state: "done", new: 2, applied: 1, failed: 1 });
    await gateway.call("faultyStore:mend", { objectId: "sub_faulty" });
    await pass(60_000);
    expect((await ledger()).map((row) => row["status"])).toEqual(["applied", "applied"]);
  });

  test("the next run begins shortly before what is sure", async () => {
    const first = await reconcile();
    await pass(HOUR_SECONDS * 1_000);
    stripe.requests.splice(0);
    await reconcile();
    const since = new URL(lists()[0]?.path ?? "", stripe.url).searchParams.get("created[gte]");
    const sure = first.lastSureEventAtSeconds ?? 0;
    expect(Number(since)).toBeLessThan(sure);
    expect(sure - Number(since)).toBeLessThanOrEqual(HOUR_SECONDS);
  });

  test("a run that lists only the last hour does not make the hours before it sure", async () => {
    await reconcile({ sinceSeconds: nowSeconds() - HOUR_SECONDS });
    expect((await status()).lastSureEventAtSeconds).toBeNull();
  });
});

describe("R5 O2 an event that comes by both ways is taken in once", () => {
  test("read first and delivered later", async () => {
    const planId = await openPlan();
    const event = happened(professional(planId), HOUR_SECONDS);
    await reconcile();
    const before = await ledger();
    const response = await deliverTo(gateway, event);
    expect(await response.json()).toEqual({ status: "applied", isDuplicate: true });
    expect(await ledger()).toEqual(before);
    expect(await gateway.call("plans:changes", { planId })).toHaveLength(1);
  });

  test("delivered first and listed later", async () => {
    const planId = await openPlan();
    const event = happened(professional(planId), HOUR_SECONDS);
    await deliverTo(gateway, event);
    const before = await ledger();
    expect((await reconcile()).run).toMatchObject({ state: "done", seen: 1, new: 0 });
    expect(await ledger()).toEqual(before);
  });
});

describe("R6 subscriptions themselves", () => {
  test("are taken in as observed when asked for, ended ones included", async () => {
    const planId = await openPlan();
    stripe.maxPageSize = 2;
    for (const status of ["canceled", "active", "unpaid", "canceled", "canceled"]) {
      stripe.add(professional(planId, { status }));
    }
    const { run } = await reconcile({ subscriptions: true });
    expect(run).toMatchObject({ state: "done", seen: 5, new: 5, applied: 5 });
    expect(await planType(planId)).toBe("professional");
    for (const row of await ledger()) {
      expect(row).toMatchObject({ type: "tollgate.subscription.observed", provenance: "api" });
    }
  });

  test("are taken in when the gap is longer than Stripe lists events", async () => {
    const planId = await openPlan();
    await reconcile();
    await gateway.time.advance((EVENTS_LISTED_SECONDS + HOUR_SECONDS) * 1_000);
    stripe.add(professional(planId));
    const { run } = await reconcile();
    expect(run).toMatchObject({ state: "done", withSubscriptions: true, new: 1 });
    expect(await planType(planId)).toBe("professional");
    expect((await status()).lastSureEventAtSeconds).toBeGreaterThan(nowSeconds() - 3);
  });

  test("an observation that is older than an event does not undo it", async () => {
    const planId = await openPlan();
    const object = professional(planId, { id: "sub_1" });
    stripe.add(object);
    await reconcile({ subscriptions: true });
    await pass(10_000);
    await deliverTo(gateway, happened({ ...object, status: "unpaid" }, 0));
    expect(await planType(planId)).toBe("free");
  });
});

describe("R7 the cron that looks for a gap", () => {
  test("finds what was missed, and shows how far behind the ledger is until it is fed", async () => {
    const planId = await openPlan();
    happened(professional(planId), 2 * HOUR_SECONDS);
    await gateway.call("reconcile:detectGap");
    await gateway.engine.scheduler.startDue();
    await gateway.engine.scheduler.finishInProgress();
    expect((await status()).lagSeconds).toBeGreaterThanOrEqual(2 * HOUR_SECONDS);
    await gateway.engine.scheduler.runDue();
    expect(await status()).toMatchObject({ lagSeconds: 0, run: { state: "done", trigger: "gap" } });
    expect(await planType(planId)).toBe("professional");
  });

  test("does not count an event as missed while its delivery may be under way", async () => {
    happened(professional(await openPlan()), DELIVERY_GRACE_SECONDS - 10);
    await gateway.call("reconcile:detectGap");
    await gateway.engine.scheduler.runDue();
    expect(await status()).toMatchObject({ lagSeconds: 0, run: { seen: 0, new: 0 } });
    await pass(60_000);
    await gateway.call("reconcile:detectGap");
    await gateway.engine.scheduler.runDue();
    expect(await status()).toMatchObject({ lagSeconds: 0, run: { seen: 1, new: 1 } });
  });

  test("waits while a run is under way, and keeps the last runs only", async () => {
    await gateway.call("reconcile:run");
    await gateway.call("reconcile:detectGap");
    await gateway.engine.scheduler.runDue();
    expect((await status()).run).toMatchObject({ trigger: "operator", state: "done" });
    const sure = (await status()).lastSureEventAtSeconds;
    stripe.fault = () => ({ status: 401 });
    for (let failing = 0; failing < 30; failing++) {
      await gateway.call("reconcile:detectGap");
      for (let attempt = 0; attempt < RECONCILE_RETRY.maxAttempts; attempt++) {
        await pass(RECONCILE_RETRY.maxDelayMs);
      }
    }
    expect(await status()).toMatchObject({
      lastSureEventAtSeconds: sure,
      run: { state: "failed", failure: "stripe_refused" },
    });
    expect(await gateway.call("runs:count")).toBeLessThanOrEqual(MAX_RUNS_KEPT + 2);
  });

  test("R4 is quiet without an API key, and an operator is told", async () => {
    setStripeApi(null);
    await gateway.call("reconcile:detectGap");
    await gateway.engine.scheduler.runDue();
    expect(stripe.requests).toEqual([]);
    expect(await status()).toEqual({ lagSeconds: 0, lastSureEventAtSeconds: null, run: null });
    await expect(gateway.call("reconcile:run")).rejects.toMatchObject({
      data: { code: "stripe_key_missing" },
    });
  });
});

describe("R8 a run that is disturbed", () => {
  test("by a request that fails goes on where it was", async () => {
    const planId = await openPlan();
    stripe.maxPageSize = 2;
    for (let index = 0; index < 9; index++) {
      happened(professional(planId, { id: `sub_${index}` }), HOUR_SECONDS + index);
    }
    let asked = 0;
    stripe.fault = () =>
      ++asked % 3 === 0 ? { status: 429, headers: { "stripe-should-retry": "false" } } : undefined;
    await gateway.call("reconcile:run");
    for (let round = 0; round < 20; round++) {
      await pass(RECONCILE_RETRY.firstDelayMs);
    }
    expect((await status()).run).toMatchObject({ state: "done", seen: 9, new: 9, applied: 9 });
    expect(await ledger()).toHaveLength(9);
  });

  test("by requests that fail for ever is given up, and can be begun again", async () => {
    happened(professional(await openPlan()), HOUR_SECONDS);
    stripe.fault = () => ({ status: 500, headers: { "stripe-should-retry": "false" } });
    await gateway.call("reconcile:run");
    await expect(gateway.call("reconcile:run")).rejects.toMatchObject({
      data: { code: "reconcile_running" },
    });
    for (let attempt = 0; attempt < RECONCILE_RETRY.maxAttempts; attempt++) {
      await pass(RECONCILE_RETRY.maxDelayMs);
    }
    expect((await status()).run).toMatchObject({ state: "failed", failure: "stripe_failed" });
    stripe.fault = () => undefined;
    expect((await reconcile()).run).toMatchObject({ state: "done", new: 1 });
  });

  test("by a delivery that comes between comparing and feeding counts that event once, or not at all", async () => {
    const event = happened(professional(await openPlan()), HOUR_SECONDS);
    const runId = await gateway.call("reconcile:run");
    const body = JSON.stringify(event);
    const seal = sealApiText(body, TEST_STRIPE_KEY, gateway.time.clock.nowMs());
    await gateway.call("reconcile:take", { runId, body, seal });
    await gateway.call("reconcile:take", { runId, body, seal });
    expect((await status()).run).toMatchObject({ new: 1, applied: 1 });
    expect(await ledger()).toHaveLength(1);
  });

  test("by the loss of its step is taken up, and the lost step can move it no more", async () => {
    happened(professional(await openPlan()), HOUR_SECONDS);
    const runId = await gateway.call("reconcile:run");
    const claimed = (await gateway.call("reconcile:claim", { runId })) as JsonObject;
    await gateway.call("faultyStore:loseJobs");
    await gateway.call("reconcile:sweep");
    await gateway.engine.scheduler.runDue();
    const done = await status();
    expect(done.run).toMatchObject({ state: "done", new: 1 });
    const page = { seen: 9, refused: 9, cursor: "evt_x", oldestMissing: null, readAtSeconds: 0 };
    await gateway.call("reconcile:advance", { runId, turn: claimed["turn"], page });
    expect(await status()).toEqual(done);
  });
});
