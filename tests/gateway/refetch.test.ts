import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_READS_PER_SECOND } from "../../src/internal/recovery/nextTurnMs.ts";
import { READ_RETRY } from "../../src/internal/refetch.ts";
import { sealApiText } from "../../src/stripe/apiSeal.ts";
import {
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { setStripeApi, TEST_STRIPE_KEY } from "../support/stripeKey.ts";

let stripe: GatewayWithStripe["stripe"];
let gateway: GatewayWithStripe["gateway"];
let close: GatewayWithStripe["close"];

beforeEach(async () => {
  ({ stripe, gateway, close } = await openGatewayWithStripe(internalFunctions));
});
afterEach(async () => await close());

const nowSeconds = (): number => Math.floor(gateway.time.clock.nowMs() / 1_000);

function professional(planId: string, overrides: JsonObject): JsonObject {
  const item = subscriptionItem({
    price: price({ id: "p", product: "q", lookup_key: "professional_monthly" }),
  });
  return subscription({
    customer: "cus_1",
    metadata: { planId },
    items: listOf([{ ...item, id: "si" }]),
    ...overrides,
  });
}

async function openPlan(ownerId = "ann"): Promise<string> {
  return (await gateway.call("plans:open", { ownerId })) as string;
}

const planOf = async (planId: string) =>
  (await gateway.call("plans:get", { planId })) as JsonObject;

async function rowsOf(path: string): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 200, cursor: null };
  return ((await gateway.call(path, { paginationOpts })) as { page: JsonObject[] }).page;
}

/** Two events of one second that contradict each other: nobody can tell which is newer. */
async function deliverTie(planId: string, id: string): Promise<void> {
  for (const status of ["active", "unpaid"]) {
    const object = professional(planId, { id, status });
    const created = nowSeconds();
    const event = stripeEvent("customer.subscription.updated", object, { created });
    await deliverTo(gateway, event);
  }
}

async function pass(ms: number): Promise<void> {
  await gateway.time.advance(ms);
  await gateway.engine.scheduler.runDue();
}

const reads = () => stripe.requests.filter(({ path }) => path.startsWith("/v1/subscriptions/"));

describe("R1 a subscription that events leave ambiguous", () => {
  test("is read from Stripe two seconds later or more, and the observation decides", async () => {
    const planId = await openPlan();
    stripe.add(professional(planId, { id: "sub_1", status: "active" }));
    const tiedAt = nowSeconds();
    await deliverTie(planId, "sub_1");
    expect(await planOf(planId)).toMatchObject({
      planType: "free",
      ambiguousSubscriptionIds: ["sub_1"],
    });
    await pass(1_000);
    expect(reads()).toEqual([]);
    await pass(3_000);
    expect(reads()).toHaveLength(1);
    expect(reads()[0]?.authorization).toBe(`Bearer ${TEST_STRIPE_KEY}`);
    expect(reads()[0]?.atMs).toBeGreaterThanOrEqual((tiedAt + 2) * 1_000);
    expect(await planOf(planId)).toMatchObject({
      planType: "professional",
      ambiguousSubscriptionIds: [],
    });
    const [observed] = await rowsOf("events:list");
    expect(observed).toMatchObject({
      stripeEventId: expect.stringMatching(/^obs_[0-9a-f]{32}$/),
      type: "tollgate.subscription.observed",
      provenance: "api",
      status: "applied",
      planId,
    });
    expect(observed?.["createdSeconds"]).toBeGreaterThan(tiedAt);
    const [change] = (await gateway.call("plans:changes", { planId })) as JsonObject[];
    expect(change).toMatchObject({ stripeEventId: observed?.["stripeEventId"] });
    expect(await rowsOf("refetch:list")).toMatchObject([{ status: "resting", failure: null }]);
    await pass(3_600_000);
    expect(stripe.requests).toHaveLength(1);
  });

  test("is read once, however many events ask for it", async () => {
    const planId = await openPlan();
    stripe.add(professional(planId, { id: "sub_1", status: "active" }));
    for (let tie = 0; tie < 5; tie++) {
      await deliverTie(planId, "sub_1");
    }
    await pass(10_000);
    expect(reads()).toHaveLength(1);
    expect(await rowsOf("refetch:list")).toHaveLength(1);
  });

  test("is read once more when an event comes while it is being read", async () => {
    const planId = await openPlan();
    stripe.add(professional(planId, { id: "sub_1", status: "active" }));
    await deliverTie(planId, "sub_1");
    await gateway.time.advance(4_000);
    stripe.fault = () => ({ delayMs: 200 });
    const reading = gateway.engine.scheduler.runDue();
    await expect.poll(() => reads().length).toBe(1);
    await gateway.time.advance(10_000);
    await deliverTie(planId, "sub_1");
    await deliverTie(planId, "sub_1");
    await reading;
    expect(await planOf(planId)).toMatchObject({ ambiguousSubscriptionIds: ["sub_1"] });
    await pass(READ_RETRY.firstDelayMs);
    expect(reads()).toHaveLength(2);
    expect(await planOf(planId)).toMatchObject({
      planType: "professional",
      ambiguousSubscriptionIds: [],
    });
  });

  test("is read with all of its items", async () => {
    const planId = await openPlan();
    const cut = professional(planId, { id: "sub_1" });
    const [first] = (cut["items"] as { data: JsonObject[] }).data;
    const plain = { ...first, id: "si_plain", price: price({ lookup_key: "nothing_known" }) };
    stripe.add({ ...cut, items: listOf([plain], { has_more: true }) });
    stripe.items.set("sub_1", [{ ...first, id: "si_best" }]);
    const shown = { ...cut, items: listOf([plain], { has_more: true }) };
    const created = nowSeconds();
    await deliverTo(gateway, stripeEvent("customer.subscription.updated", shown, { created }));
    expect(await planOf(planId)).toMatchObject({ planType: "free" });
    await pass(4_000);
    expect(await planOf(planId)).toMatchObject({
      planType: "professional",
      ambiguousSubscriptionIds: [],
    });
  });
});

describe("R2 reads of many subscriptions", () => {
  test(`begin at most ${MAX_READS_PER_SECOND} times a second, and all begin`, async () => {
    const count = 3 * MAX_READS_PER_SECOND;
    for (let number = 0; number < count; number++) {
      const planId = await openPlan(`owner ${number}`);
      stripe.add(professional(planId, { id: `sub_${number}`, status: "active" }));
      await deliverTie(planId, `sub_${number}`);
    }
    await pass(4_000);
    for (let step = 0; step < 400 && reads().length < count; step++) {
      await pass(10);
    }
    const times = reads().map(({ atMs }) => atMs);
    expect(new Set(reads().map(({ path }) => path)).size).toBe(count);
    for (const [index, startMs] of times.entries()) {
      const within = times.slice(index).filter((atMs) => atMs < startMs + 1_000);
      expect(within.length).toBeLessThanOrEqual(MAX_READS_PER_SECOND);
    }
  });
});

describe("R3 a read that fails", () => {
  // The SDK repeats some failures by itself, with waits; the header asks it not to.
  const once = { headers: { "stripe-should-retry": "false" } };

  test.each([
    ["429", { status: 429, ...once }, "stripe_rate_limited"],
    ["500", { status: 500, ...once }, "stripe_failed"],
    ["401", { status: 401 }, "stripe_refused"],
    ["half an answer", "cut", "stripe_unreachable"],
  ] as const)("with %s is tried again later", async (_, fault, failure) => {
    const planId = await openPlan();
    stripe.add(professional(planId, { id: "sub_1", status: "active" }));
    stripe.fault = () => fault;
    await deliverTie(planId, "sub_1");
    await pass(4_000);
    expect(await rowsOf("refetch:list")).toMatchObject([
      { status: "waiting", attempts: 1, failure },
    ]);
    expect(await planOf(planId)).toMatchObject({ planType: "free" });
    stripe.fault = () => undefined;
    await pass(READ_RETRY.firstDelayMs);
    expect(await planOf(planId)).toMatchObject({ planType: "professional" });
  });

  test("is given up after the last attempt, and begun anew by the next event", async () => {
    const planId = await openPlan();
    stripe.fault = () => ({ status: 500, ...once });
    await deliverTie(planId, "sub_1");
    await pass(4_000);
    for (let attempt = 1; attempt < READ_RETRY.maxAttempts; attempt++) {
      await pass(READ_RETRY.maxDelayMs);
    }
    expect(reads()).toHaveLength(READ_RETRY.maxAttempts);
    expect(await rowsOf("refetch:list")).toMatchObject([
      { status: "resting", attempts: READ_RETRY.maxAttempts, failure: "stripe_failed" },
    ]);
    await pass(READ_RETRY.maxDelayMs);
    expect(reads()).toHaveLength(READ_RETRY.maxAttempts);
    await deliverTie(planId, "sub_1");
    expect(await rowsOf("refetch:list")).toMatchObject([{ status: "waiting", attempts: 0 }]);
  });

  test("because Stripe knows no such subscription is not repeated and ends nothing", async () => {
    const planId = await openPlan();
    await deliverTie(planId, "sub_1");
    const before = await planOf(planId);
    await pass(4_000);
    await pass(READ_RETRY.maxDelayMs);
    expect(reads()).toHaveLength(1);
    expect(await rowsOf("refetch:list")).toMatchObject([
      { status: "resting", failure: "resource_missing" },
    ]);
    expect(await planOf(planId)).toEqual(before);
  });

  test("because its process ended is taken up when its lease is over", async () => {
    const planId = await openPlan();
    stripe.add(professional(planId, { id: "sub_1", status: "active" }));
    await deliverTie(planId, "sub_1");
    await gateway.time.advance(4_000);
    const [row] = await rowsOf("refetch:list");
    expect(await gateway.call("refetch:begin", { readId: row?.["_id"] })).toBe("sub_1");
    await pass(60_000);
    await gateway.call("refetch:sweep");
    await gateway.engine.scheduler.runDue();
    expect(reads()).toHaveLength(0);
    await pass(60_000);
    await gateway.call("refetch:sweep");
    await gateway.engine.scheduler.runDue();
    expect(reads()).toHaveLength(1);
    expect(await planOf(planId)).toMatchObject({ planType: "professional" });
  });

  test("shows nothing of Stripe's message, which quotes the key", async () => {
    stripe.fault = () => ({ status: 401 });
    const planId = await openPlan();
    await deliverTie(planId, "sub_1");
    await pass(4_000);
    expect(JSON.stringify(await rowsOf("refetch:list"))).not.toContain("secret detail");
  });
});

test("R4 without an API key nothing is read, and what waits is read when there is one", async () => {
  setStripeApi(null);
  const planId = await openPlan();
  stripe.add(professional(planId, { id: "sub_1", status: "active" }));
  await deliverTie(planId, "sub_1");
  await pass(120_000);
  await gateway.call("refetch:sweep");
  await gateway.engine.scheduler.runDue();
  expect(stripe.requests).toEqual([]);
  expect(await rowsOf("refetch:list")).toMatchObject([{ status: "waiting" }]);
  setStripeApi(stripe.url);
  await gateway.call("refetch:sweep");
  await gateway.engine.scheduler.runDue();
  expect(await planOf(planId)).toMatchObject({ planType: "professional" });
});

describe("V4 V7 an operator with the admin key", () => {
  const forged = JSON.stringify({
    ...stripeEvent("tollgate.subscription.observed", subscription()),
    id: "obs_forged",
  });
  const nowMs = (): number => gateway.time.clock.nowMs();

  test.each([
    [
      "a seal made with another key",
      () => sealApiText(forged, "sk_test_guess0123456789abcd", nowMs()),
    ],
    ["no seal", () => ""],
    [
      "a delivery's signature",
      () => deliveryOf(forged, { timestampSeconds: nowSeconds() }).signatureHeader,
    ],
  ])("cannot bring in a made-up observation with %s", async (_, seal) => {
    const planId = await openPlan();
    await deliverTie(planId, "sub_1");
    const [row] = await rowsOf("refetch:list");
    const before = await rowsOf("events:list");
    await expect(
      gateway.call("refetch:finish", { body: forged, seal: seal(), readId: row?.["_id"] }),
    ).rejects.toMatchObject({ data: { code: "signature_not_verified" } });
    expect(await rowsOf("events:list")).toEqual(before);
  });

  test("cannot bring in anything while there is no API key", async () => {
    await deliverTie(await openPlan(), "sub_1");
    const [row] = await rowsOf("refetch:list");
    setStripeApi(null);
    await expect(
      gateway.call("refetch:finish", { body: forged, seal: "", readId: row?.["_id"] }),
    ).rejects.toMatchObject({ data: { code: "stripe_key_missing" } });
  });

  test("C4 or Stripe itself cannot deliver an observation: it is kept in quarantine", async () => {
    const event = stripeEvent("tollgate.subscription.observed", subscription());
    const response = await deliverTo(gateway, event);
    expect(await response.json()).toMatchObject({ status: "quarantined" });
    expect(await rowsOf("events:list")).toMatchObject([
      { statusReason: "observation_not_from_api" },
    ]);
  });
});
