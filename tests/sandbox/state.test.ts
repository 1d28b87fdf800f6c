import { afterEach, describe, expect, test } from "vitest";
import { systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { createSandbox } from "../../src/sandbox/createSandbox.ts";
import {
  memoryStorage,
  SANDBOX_START_SECONDS,
  seededRandom,
  startTestSandbox,
  type TestSandbox,
} from "../support/sandboxServer.ts";
import { startWebhookReceiver } from "../support/webhookReceiver.ts";
import { refusalOf } from "./lifeCycles.ts";
import { NUMBERS, openShop } from "./shop.ts";

const open: TestSandbox[] = [];

async function started(options: Parameters<typeof startTestSandbox>[0] = {}): Promise<TestSandbox> {
  const sandbox = await startTestSandbox(options);
  open.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

describe("S8 the state", () => {
  test("S8 survives a restart: objects, their order, the clock, and what is still to happen", async () => {
    const storage = memoryStorage();
    const before = await started({ storage });
    const shop = await openShop(before);
    const { subscription } = await shop.subscribed();
    const expiring = await shop.session();
    await shop.days(10);
    const events = await before.events();
    await before.close();

    const after = await started({ storage, seed: 2 });
    expect(await after.events()).toEqual(events);
    expect(await after.control("/clock")).toMatchObject({
      now: SANDBOX_START_SECONDS + 10 * 24 * 3_600,
    });
    expect((await after.stripe.checkout.sessions.retrieve(expiring.id)).status).toBe("expired");
    await after.advance(22 * 24 * 3_600);
    const renewed = await after.stripe.invoices.list({ subscription: subscription.id });
    expect(renewed.data.map(({ status }) => status)).toEqual(["paid", "paid"]);
    expect((await after.stripe.prices.list()).data.map(({ id }) => id)).toContain(shop.monthly.id);
  });

  test("S8 survives with deliveries that were on their way, and keys that were used", async () => {
    const storage = memoryStorage();
    const receiver = await startWebhookReceiver();
    const before = await started({ storage });
    await before.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
    receiver.answers.push(503);
    const options = { idempotencyKey: "kept" };
    const customer = await before.stripe.customers.create({ name: "x" }, options);
    await before.settled();
    await before.close();

    const after = await started({ storage, seed: 2 });
    await after.advance(10);
    await after.settled();
    expect(receiver.received.map(({ event }) => event.type)).toEqual(
      Array(2).fill("customer.created"),
    );
    expect((await after.stripe.customers.create({ name: "x" }, options)).id).toBe(customer.id);
    await receiver.close();
  });

  test("S8 is not changed by a request that cannot be stored, nor by one that is refused", async () => {
    const storage = memoryStorage();
    const sandbox = await started({ storage });
    const shop = await openShop(sandbox);
    const session = await shop.session();
    const [events, rows] = [await sandbox.events(), new Map(storage.rows)];

    storage.fails = true;
    const failed = await refusalOf(sandbox.stripe.customers.create({ name: "lost" }));
    expect(failed).toMatchObject({ statusCode: 500, type: "StripeAPIError" });
    expect((await shop.pay(session, NUMBERS.good)).status).toBe(500);
    storage.fails = false;
    expect(storage.rows).toEqual(rows);
    expect(await sandbox.events()).toEqual(events);
    expect((await shop.pay(session, NUMBERS.good)).status).toBe(303);
  });

  test("S8 S5 is told about only when it is stored", async () => {
    const storage = memoryStorage();
    const receiver = await startWebhookReceiver();
    const sandbox = await started({ storage });
    await sandbox.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
    const save = storage.save;
    storage.save = async (changes) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await save(changes);
    };
    storage.fails = true;
    const lost = refusalOf(sandbox.stripe.customers.create({ name: "lost" }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await sandbox.settled();
    expect((await lost).statusCode).toBe(500);
    storage.fails = false;
    await sandbox.stripe.customers.create({ name: "kept" });
    await sandbox.settled();
    const names = receiver.received.map(
      ({ event }) => (event.data.object as { name: string }).name,
    );
    expect(names).toEqual(["kept"]);
    await receiver.close();
  });

  test("S8 of something else is not started with", async () => {
    const storage = memoryStorage();
    storage.rows.set("plans/1", "{}");
    await expect(
      createSandbox({
        clock: { nowMs: () => 0 },
        random: seededRandom(1),
        timer: systemTimer,
        fetch,
        storage,
      }),
    ).rejects.toThrow("sandbox_state_unreadable");
  });
});

describe("S7 the clock", () => {
  test("S7 one move makes the same history as many", async () => {
    const histories = await Promise.all(
      [[40], Array(40).fill(1)].map(async (moves: number[]) => {
        const shop = await openShop(await started());
        await shop.subscribed(NUMBERS.declinedLater, {
          subscription_data: { trial_period_days: 14 },
        });
        await shop.session();
        for (const days of moves) {
          await shop.days(days);
        }
        return (await shop.sandbox.events()).map(({ type, created, data }) => ({
          type,
          created,
          status: (data.object as { status?: string }).status,
        }));
      }),
    );
    expect(histories[0]).toEqual(histories[1]);
    expect(histories[0]?.at(-1)).toMatchObject({ type: "customer.subscription.deleted" });
  });

  test("S7 the same seed makes the same ids, another seed others", async () => {
    const [a, b, c] = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const shop = await openShop(await started({ seed }));
        await shop.subscribed();
        await shop.days(40);
        return (await shop.sandbox.events()).map(({ id }) => id);
      }),
    );
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("S7 moves to what happens next", async () => {
    const shop = await openShop(await started());
    await shop.subscribed(NUMBERS.good, { subscription_data: { trial_period_days: 10 } });
    const next = await shop.sandbox.control("/clock/advance", { to_next: true });
    // The session's expiry is planned, and does nothing for a session that is complete.
    expect(next).toMatchObject({ now: SANDBOX_START_SECONDS + 24 * 3_600, happened: 1 });
    const then = await shop.sandbox.control("/clock/advance", { to_next: true });
    expect(then).toMatchObject({ now: SANDBOX_START_SECONDS + 7 * 24 * 3_600 });
    expect((await shop.sandbox.events()).at(-1)?.type).toBe("customer.subscription.trial_will_end");
  });

  test("S7 what is due happens by itself as time passes", async () => {
    const startMs = Date.now();
    const clock = { nowMs: () => SANDBOX_START_SECONDS * 1_000 + (Date.now() - startMs) * 200 };
    // A clock 200 times as fast, with a timer that knows it.
    const timer = {
      after: (delayMs: number, callback: () => void) => systemTimer.after(delayMs / 200, callback),
    };
    const sandbox = await started({ ports: { clock, timer } });
    const receiver = await startWebhookReceiver();
    const shop = await openShop(sandbox);
    await shop.bought(NUMBERS.sepa);
    await sandbox.stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ["checkout.session.async_payment_succeeded"],
    });
    await expect.poll(() => receiver.received.length, { timeout: 5_000 }).toBe(1);
    await receiver.close();
  });

  test("S7 control requests say that they are JSON, so no foreign page can send one", async () => {
    const sandbox = await started();
    const response = await fetch(`${sandbox.url}/sandbox/clock/advance`, {
      method: "POST",
      body: '{"seconds":5}',
    });
    expect(response.status).toBe(415);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(await sandbox.control("/clock")).toMatchObject({ now: SANDBOX_START_SECONDS });
  });
});
