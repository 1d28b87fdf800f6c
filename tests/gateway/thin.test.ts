import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_READS_PER_SECOND } from "../../src/internal/recovery/nextTurnMs.ts";
import { EVENT_RETRY } from "../../src/internal/recovery/retryEvent.ts";
import {
  charge,
  checkoutSession,
  deletedCustomer,
  invoice,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  thinEvent,
} from "../fixtures/stripe.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { setStripeApi } from "../support/stripeKey.ts";

let stripe: GatewayWithStripe["stripe"];
let gateway: GatewayWithStripe["gateway"];
let close: GatewayWithStripe["close"];

beforeEach(async () => {
  ({ stripe, gateway, close } = await openGatewayWithStripe(internalFunctions));
});
afterEach(async () => await close());

const openPlan = async () => (await gateway.call("plans:open", { ownerId: "ann" })) as string;
const planType = async (planId: string) =>
  ((await gateway.call("plans:get", { planId })) as JsonObject)["planType"];

function professional(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

async function ledger(): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 500, cursor: null };
  const { page } = (await gateway.call("events:list", { paginationOpts })) as {
    page: JsonObject[];
  };
  return page.toReversed();
}

async function deliver(event: JsonObject): Promise<JsonObject> {
  const response = await deliverTo(gateway, event);
  expect(response.status).toBe(200);
  return (await response.json()) as JsonObject;
}

async function pass(ms: number): Promise<void> {
  await gateway.time.advance(ms);
  await gateway.engine.scheduler.runDue();
}

describe("T1 a thin event", () => {
  test("with a snapshot event is kept, and that event is read and applied", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    const snapshot = stripeEvent("customer.subscription.created", object);
    stripe.events.push(snapshot);
    const thin = thinEvent("v1.customer.subscription.created", object, {
      snapshot_event: snapshot["id"],
    });
    expect(await deliver(thin)).toEqual({ status: "received", isDuplicate: false });
    expect(await planType(planId)).toBe("free");
    await pass(0);
    expect(await planType(planId)).toBe("professional");
    expect(await ledger()).toMatchObject([
      {
        stripeEventId: thin["id"],
        isThin: true,
        provenance: "webhook",
        status: "recorded",
        statusReason: `read_as ${snapshot["id"]}`,
        nextAttemptAtMs: null,
      },
      { stripeEventId: snapshot["id"], isThin: false, provenance: "api", status: "applied" },
    ]);
    expect(await deliver(thin)).toMatchObject({ isDuplicate: true });
    expect(await deliver(snapshot)).toMatchObject({ isDuplicate: true });
  });

  test("about a subscription, of a type that only thin events have, has the subscription read", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    stripe.add(object);
    await deliver(thinEvent("v1.customer.subscription.active", object));
    await pass(0);
    expect(await planType(planId)).toBe("professional");
    expect(await ledger()).toMatchObject([
      { status: "recorded" },
      { type: "tollgate.subscription.observed", provenance: "api", status: "applied" },
    ]);
  });

  test("whose snapshot event Stripe keeps no longer has the object read instead", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    stripe.add(object);
    await deliver(
      thinEvent("v1.customer.subscription.updated", object, { snapshot_event: "evt_gone" }),
    );
    await pass(0);
    expect(await planType(planId)).toBe("professional");
  });

  test("about a session, an invoice, a charge or a customer has that object read", async () => {
    const planId = await openPlan();
    const session = checkoutSession({ client_reference_id: planId, payment_intent: "pi_1" });
    stripe.add(session);
    await deliver(thinEvent("v1.checkout.session.completed", session));
    await pass(100);
    expect(await planType(planId)).toBe("professional");
    const refunded = charge({ payment_intent: "pi_1", amount_refunded: 1_900, refunded: true });
    stripe.add(refunded);
    await deliver(thinEvent("v1.charge.refunded", refunded));
    await pass(100);
    expect(await planType(planId)).toBe("free");
    const paid = invoice();
    const deleted = deletedCustomer();
    stripe.add(paid);
    stripe.add(deleted);
    await deliver(thinEvent("v1.invoice.paid", paid));
    await deliver(thinEvent("v1.customer.deleted", deleted));
    await pass(200);
    expect((await ledger()).map(({ type, status }) => [type, status])).toEqual([
      ["v1.checkout.session.completed", "recorded"],
      ["tollgate.checkout.session.observed", "applied"],
      ["v1.charge.refunded", "recorded"],
      ["tollgate.charge.observed", "applied"],
      ["v1.invoice.paid", "recorded"],
      ["v1.customer.deleted", "recorded"],
      ["tollgate.invoice.observed", "unlinked"],
      ["tollgate.customer.observed", "unlinked"],
    ]);
  });

  test("P5 of a type without a rule is recorded and counted, and nothing is read", async () => {
    for (const event of [
      thinEvent("v1.customer.updated", deletedCustomer()),
      thinEvent("v2.core.account.updated", { id: "acct_1", object: "v2.core.account" }),
      thinEvent("v1.balance.available", {}, { related_object: null }),
      thinEvent(
        "v1.customer.tax_id.created",
        { id: "txi_1", object: "tax_id" },
        { snapshot_event: "evt_1" },
      ),
    ]) {
      expect(await deliver(event)).toMatchObject({ status: "recorded" });
    }
    await pass(60_000);
    expect(stripe.requests).toEqual([]);
    const paginationOpts = { numItems: 10, cursor: null };
    const { page } = (await gateway.call("events:recordedTypes", { paginationOpts })) as {
      page: JsonObject[];
    };
    expect(page).toHaveLength(4);
  });

  test("C4 of the other mode or of a connected account is kept in quarantine", async () => {
    for (const overrides of [{ livemode: true }, { context: "acct_1" }]) {
      const event = thinEvent("v1.customer.subscription.active", subscription(), overrides);
      expect(await deliver(event)).toMatchObject({ status: "quarantined" });
    }
    await pass(60_000);
    expect(stripe.requests).toEqual([]);
  });

  test("V1 V3 that is not signed, or signed and malformed, leaves nothing", async () => {
    const event = thinEvent("v1.customer.subscription.active", subscription());
    const unsigned = new Request("http://localhost/stripe/webhook", {
      method: "POST",
      headers: { "stripe-signature": `t=${Math.floor(Date.now() / 1_000)},v1=${"0".repeat(64)}` },
      body: JSON.stringify(event),
    });
    expect((await gateway.engine.handleHttp(unsigned, null)).status).toBe(400);
    const malformed = await deliverTo(gateway, { ...event, created: 1 });
    expect(malformed.status).toBe(400);
    expect(await malformed.json()).toMatchObject({ code: "not_an_event" });
    expect(await ledger()).toEqual([]);
  });
});

describe("T2 a thin event that cannot be read yet", () => {
  test("for want of an API key waits for one", async () => {
    setStripeApi(null);
    const planId = await openPlan();
    const object = professional(planId);
    stripe.add(object);
    await deliver(thinEvent("v1.customer.subscription.active", object));
    await pass(120_000);
    await gateway.call("inbox:sweep");
    await gateway.engine.scheduler.runDue();
    expect(await ledger()).toMatchObject([
      { status: "received", statusReason: "stripe_key_missing" },
    ]);
    setStripeApi(stripe.url);
    await gateway.call("inbox:sweep");
    await pass(100);
    expect(await planType(planId)).toBe("professional");
  });

  test("for a failure of Stripe's is tried again, and is dead after the last attempt", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    stripe.add(object);
    stripe.fault = () => ({ status: 500, headers: { "stripe-should-retry": "false" } });
    const { id } = thinEvent("v1.customer.subscription.active", object);
    await deliver(thinEvent("v1.customer.subscription.active", object, { id }));
    await pass(0);
    expect(await ledger()).toMatchObject([
      { status: "received", statusReason: "stripe_failed", attempts: 1 },
    ]);
    for (let attempt = 1; attempt < EVENT_RETRY.maxAttempts; attempt++) {
      await pass(EVENT_RETRY.maxDelayMs);
    }
    expect(await ledger()).toMatchObject([
      { status: "dead", statusReason: "stripe_failed", attempts: EVENT_RETRY.maxAttempts },
    ]);
    stripe.fault = () => undefined;
    expect(await gateway.call("inbox:replayEvent", { eventId: id })).toEqual({
      hasFailed: false,
      status: "received",
    });
    await pass(100);
    expect(await planType(planId)).toBe("professional");
  });

  test("because Stripe does not know the object is dead at once", async () => {
    await deliver(thinEvent("v1.customer.subscription.active", subscription()));
    await pass(0);
    expect(await ledger()).toMatchObject([{ status: "dead", statusReason: "resource_missing" }]);
    expect(stripe.requests).toHaveLength(1);
  });

  test("because its process ended is taken up when its lease is over", async () => {
    const planId = await openPlan();
    const object = professional(planId);
    stripe.add(object);
    const thin = thinEvent("v1.customer.subscription.active", object);
    await deliver(thin);
    const request = await gateway.call("thin:begin", { eventId: thin["id"] });
    expect(request).toMatchObject({ objectId: object["id"] });
    await pass(60_000);
    expect(stripe.requests).toEqual([]);
    await pass(180_000);
    await gateway.call("inbox:sweep");
    await pass(100);
    expect(await planType(planId)).toBe("professional");
  });
});

test("R9 replaying a thin event that was read asks nothing of Stripe and changes nothing", async () => {
  const object = professional(await openPlan());
  stripe.add(object);
  await deliver(thinEvent("v1.customer.subscription.active", object));
  await pass(0);
  const before = await ledger();
  await gateway.call("inbox:replay");
  await pass(60_000);
  expect(await ledger()).toEqual(before);
  expect(stripe.requests).toHaveLength(1);
});

test(`R2 thin events of one moment are read at most ${MAX_READS_PER_SECOND} times a second`, async () => {
  const planId = await openPlan();
  const count = 2 * MAX_READS_PER_SECOND;
  for (let number = 0; number < count; number++) {
    const object = professional(planId, { id: `sub_${number}` });
    stripe.add(object);
    await deliver(thinEvent("v1.customer.subscription.active", object));
  }
  for (let step = 0; step < 300 && stripe.requests.length < count; step++) {
    await pass(10);
  }
  const times = stripe.requests.map(({ atMs }) => atMs);
  expect(times).toHaveLength(count);
  for (const [index, startMs] of times.entries()) {
    const within = times.slice(index).filter((atMs) => atMs < startMs + 1_000);
    expect(within.length).toBeLessThanOrEqual(MAX_READS_PER_SECOND);
  }
});

test("Q11 a thin event that waits and is marked dead is not read, also when there is a key", async () => {
  setStripeApi(null);
  const planId = await openPlan();
  const object = professional(planId);
  stripe.add(object);
  const thin = thinEvent("v1.customer.subscription.active", object);
  expect(await deliver(thin)).toMatchObject({ status: "received" });
  await gateway.call("inbox:markDead", { eventId: thin["id"], reason: "made by a test" });
  setStripeApi(stripe.url);
  await pass(120_000);
  await gateway.call("inbox:sweep");
  await pass(100);
  expect(await ledger()).toMatchObject([{ status: "dead", attempts: 0 }]);
  expect(await planType(planId)).toBe("free");
});
