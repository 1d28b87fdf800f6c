import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { SANDBOX_LIMITS } from "../../src/sandbox/limits.ts";
import type { Timer } from "../../src/sandbox/ports.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { verifyDelivery } from "../../src/stripe/verify.ts";
import {
  SANDBOX_START_SECONDS,
  startTestSandbox,
  type TestSandbox,
} from "../support/sandboxServer.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhookReceiver.ts";

let sandbox: TestSandbox;
let receiver: WebhookReceiver;
let endpoint: Stripe.WebhookEndpoint;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  receiver = await startWebhookReceiver();
  endpoint = await sandbox.stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ["*"],
    api_version: "2026-10-28.endive",
  });
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

/** Makes one event for each customer. */
async function customers(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await sandbox.stripe.customers.create({ name: `customer ${index}` });
  }
}

function received(): string[] {
  return receiver.received.map(({ event }) => (event.data.object as Stripe.Customer).name ?? "");
}

interface KnownDelivery {
  id: string;
  event: string;
  status: string;
  attempts: { status: number | null; error: string | null }[];
}

async function deliveries(): Promise<KnownDelivery[]> {
  const { data } = await sandbox.control("/deliveries?limit=100");
  return (data as KnownDelivery[]).toReversed();
}

function verified(index: number, secret: string): Stripe.Event {
  const { body, signatureHeader } = receiver.received[index] ?? { body: "", signatureHeader: "" };
  return Stripe.webhooks.constructEvent(
    body,
    signatureHeader,
    secret,
    300,
    undefined,
    SANDBOX_START_SECONDS * 1_000,
  );
}

describe("S5 a delivery", () => {
  test("S5 is signed with the endpoint's secret, for Stripe's verifier and for ours", async () => {
    await customers(1);
    await sandbox.settled();
    const secret = endpoint.secret ?? "";
    expect(verified(0, secret)).toMatchObject({ type: "customer.created", pending_webhooks: 1 });
    const { body, signatureHeader } = receiver.received[0] ?? { body: "", signatureHeader: "" };
    const proof = verifyDelivery(
      { body, signatureHeader },
      { secrets: parseSigningSecrets(secret), nowMs: SANDBOX_START_SECONDS * 1_000 },
    );
    expect(proof).toBeDefined();
    expect(() => verified(0, "whsec_another0123456789abcdef")).toThrow("No signatures found");
  });

  test("S5 is what the event list shows, but for the counter of what is pending", async () => {
    await customers(1);
    await sandbox.settled();
    const [listed] = await sandbox.events();
    expect(listed).toMatchObject({ pending_webhooks: 0 });
    expect(receiver.received[0]?.event).toEqual({
      ...JSON.parse(JSON.stringify(listed)),
      pending_webhooks: 1,
    });
  });

  test("S5 carries two signatures while a secret is rolled, and one afterwards", async () => {
    const rolled = await sandbox.control(`/webhook_endpoints/${endpoint.id}/roll_secret`, {
      keep_seconds: 60,
    });
    await customers(1);
    await sandbox.settled();
    const header = receiver.received[0]?.signatureHeader ?? "";
    expect(header).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
    expect(verified(0, endpoint.secret ?? "").type).toBe("customer.created");
    expect(verified(0, String(rolled["secret"])).type).toBe("customer.created");
    await sandbox.advance(61);
    await customers(1);
    await sandbox.settled();
    expect(receiver.received[1]?.signatureHeader).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
    expect(() => verified(1, endpoint.secret ?? "")).toThrow();
  });

  test("S5 is tried three times more, each after the stated time of the sandbox", async () => {
    receiver.answers.push(500, 400, 307, 404);
    await customers(1);
    await sandbox.settled();
    const counts = [receiver.received.length];
    for (const seconds of [9, 1, 599, 1, 7_199, 1, 100_000]) {
      await sandbox.advance(seconds);
      await sandbox.settled();
      counts.push(receiver.received.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({ status: "failed" });
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 400, 307, 404]);
    const [failed] = (await sandbox.stripe.events.list({ delivery_success: false })).data;
    expect(failed).toMatchObject({ type: "customer.created", pending_webhooks: 1 });
    expect((await sandbox.stripe.events.list({ delivery_success: true })).data).toEqual([]);
  });

  test("S5 that nobody answers is an attempt like any other", async () => {
    const url = "http://127.0.0.1:9/closed";
    await sandbox.stripe.webhookEndpoints.update(endpoint.id, { url });
    await customers(1);
    await sandbox.settled();
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({ status: "waiting", attempts: [{ status: null }] });
    await sandbox.stripe.webhookEndpoints.update(endpoint.id, { url: receiver.url });
    await sandbox.advance(10);
    await sandbox.settled();
    expect((await deliveries())[0]).toMatchObject({ status: "delivered" });
  });

  test("S5 that gets no answer in time is broken off and tried again", async () => {
    await sandbox.close();
    const after: Timer["after"] = (delayMs, callback) =>
      systemTimer.after(delayMs === SANDBOX_LIMITS.deliveryTimeoutMs ? 30 : delayMs, callback);
    sandbox = await startTestSandbox({ ports: { timer: { after } } });
    await sandbox.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
    receiver.answers.push("hang");
    await customers(1);
    await sandbox.settled();
    expect((await deliveries())[0]?.attempts).toMatchObject([{ status: null, error: "timed out" }]);
    await sandbox.advance(10);
    await sandbox.settled();
    expect((await deliveries())[0]).toMatchObject({ status: "delivered" });
  });

  test("S5 goes to the endpoints that want its type, and to none that is disabled or gone", async () => {
    await sandbox.stripe.webhookEndpoints.update(endpoint.id, {
      enabled_events: ["product.created"],
    });
    await customers(1);
    await sandbox.stripe.products.create({ name: "wanted" });
    await sandbox.settled();
    expect(received()).toEqual(["wanted"]);
    await sandbox.stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
    await sandbox.stripe.products.create({ name: "unwanted" });
    await sandbox.stripe.webhookEndpoints.del(endpoint.id);
    await sandbox.stripe.products.create({ name: "unheard" });
    await sandbox.settled();
    expect(received()).toEqual(["wanted"]);
  });

  test("S5 again on demand comes with the same id, whatever happened before", async () => {
    await customers(1);
    await sandbox.settled();
    const [event] = await sandbox.events();
    await sandbox.control(`/events/${event?.id}/resend`, {});
    await sandbox.settled();
    expect(receiver.received.map(({ event: { id } }) => id)).toEqual([event?.id, event?.id]);
    const unknown = await sandbox.control("/events/evt_no/resend", {});
    expect(unknown["error"]).toMatchObject({ code: "resource_missing" });
  });

  test("S5 S10 is one of four at once at most", async () => {
    await customers(30);
    await sandbox.settled();
    expect(receiver.received).toHaveLength(30);
    expect(receiver.mostAtOnce()).toBeGreaterThan(1);
    expect(receiver.mostAtOnce()).toBeLessThanOrEqual(SANDBOX_LIMITS.concurrentDeliveries);
  });

  test("S5 the secret is shown when the endpoint is created, and never again", async () => {
    expect(endpoint.secret).toMatch(/^whsec_\w{32}$/);
    const read = await sandbox.stripe.webhookEndpoints.retrieve(endpoint.id);
    const { data } = await sandbox.stripe.webhookEndpoints.list();
    expect([read.secret, data[0]?.secret]).toEqual([undefined, undefined]);
  });
});

describe("S6 faults", () => {
  test("S6 duplicate: the next deliveries come twice, and no other", async () => {
    await sandbox.control("/faults", { kind: "duplicate", count: 2 });
    await customers(3);
    await sandbox.settled();
    expect(received().toSorted()).toEqual([
      "customer 0",
      "customer 0",
      "customer 1",
      "customer 1",
      "customer 2",
    ]);
  });

  test("S6 reorder: a group arrives in reverse", async () => {
    await sandbox.control("/faults", { kind: "reorder", count: 4 });
    await customers(4);
    await sandbox.settled();
    expect(received()).toEqual(["customer 3", "customer 2", "customer 1", "customer 0"]);
  });

  test("S6 reorder: one that is refused does not hold the others back", async () => {
    receiver.answers.push(500);
    await sandbox.control("/faults", { kind: "reorder", count: 3 });
    await customers(3);
    await sandbox.settled();
    expect(received()).toEqual(["customer 2", "customer 1", "customer 0"]);
    await sandbox.advance(10);
    await sandbox.settled();
    expect(received()).toEqual(["customer 2", "customer 1", "customer 0", "customer 2"]);
  });

  test("S6 reorder: a group that does not fill goes on after two seconds", async () => {
    let nowMs = SANDBOX_START_SECONDS * 1_000;
    await sandbox.close();
    sandbox = await startTestSandbox({ ports: { clock: { nowMs: () => nowMs } } });
    await sandbox.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
    await sandbox.control("/faults", { kind: "reorder", count: 9 });
    await customers(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(received()).toEqual([]);
    nowMs += SANDBOX_LIMITS.reorderWaitMs;
    await sandbox.settled();
    expect(received()).toEqual(["customer 1", "customer 0"]);
  });

  test("S6 delay: it comes so many seconds of the sandbox later", async () => {
    await sandbox.control("/faults", { kind: "delay", count: 1, delay_seconds: 300 });
    await customers(2);
    await sandbox.settled();
    expect(received()).toEqual(["customer 1"]);
    await sandbox.advance(300);
    await sandbox.settled();
    expect(received()).toEqual(["customer 1", "customer 0"]);
  });

  test("S6 drop: it never comes, and the event stays undelivered", async () => {
    await sandbox.control("/faults", { kind: "drop", count: 1 });
    await customers(2);
    await sandbox.advance(100_000);
    await sandbox.settled();
    expect(received()).toEqual(["customer 1"]);
    const { data } = await sandbox.stripe.events.list({ delivery_success: false });
    expect(data.map(({ data: { object } }) => (object as Stripe.Customer).name)).toEqual([
      "customer 0",
    ]);
  });

  test("S6 wrong_secret: the first attempt does not verify, the next one does", async () => {
    receiver.answers.push(400);
    await sandbox.control("/faults", { kind: "wrong_secret", count: 1 });
    await customers(1);
    await sandbox.settled();
    expect(() => verified(0, endpoint.secret ?? "")).toThrow("No signatures found");
    await sandbox.advance(10);
    await sandbox.settled();
    expect(verified(1, endpoint.secret ?? "").type).toBe("customer.created");
  });

  test("S6 same_second: so many events share the time of the first", async () => {
    await sandbox.control("/faults", { kind: "same_second", count: 3 });
    for (let index = 0; index < 4; index++) {
      await customers(1);
      await sandbox.advance(5);
    }
    const events = await sandbox.events();
    expect(events.map(({ created }) => created - SANDBOX_START_SECONDS)).toEqual([0, 0, 0, 15]);
  });

  test("S6 wait, are counted, and can be taken back", async () => {
    await sandbox.control("/faults", { kind: "drop", count: 5 });
    await customers(2);
    expect(await sandbox.control("/faults")).toMatchObject({
      data: [{ kind: "drop", count: 5, hits: 2 }],
    });
    await fetch(`${sandbox.url}/sandbox/faults`, { method: "DELETE" });
    await customers(1);
    await sandbox.settled();
    expect(receiver.received).toHaveLength(1);
    const wrong = await sandbox.control("/faults", { kind: "drop", count: 1, delay_seconds: 3 });
    expect(wrong["error"]).toMatchObject({ param: "delay_seconds" });
  });
});
