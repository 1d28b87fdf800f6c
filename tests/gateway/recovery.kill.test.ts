import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { TEST_STRIPE_KEY } from "../support/stripeKey.ts";
import { type StripeServer, startStripeServer } from "../support/stripeServer.ts";

const EVENTS = 90;
const ROUNDS = 4;

let stripe: StripeServer;
beforeEach(async () => {
  stripe = await startStripeServer();
});
afterEach(async () => await stripe.close());

function missed(planId: string, index: number): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  const object = subscription({ metadata: { planId }, items: listOf([item]) });
  const created = Math.floor(Date.now() / 1_000) - 10_000 + index;
  return stripeEvent("customer.subscription.created", object, { created });
}

test(`D6 R8 after kill -9, ${ROUNDS} times each, a reconcile and a replay in a real process come to their end, and nothing is there twice`, async () => {
  const dataDirectory = await temporaryDirectory();
  const start = (): Promise<GatewayProcess> =>
    startGatewayProcess(dataDirectory, {
      STRIPE_SECRET_KEY: TEST_STRIPE_KEY,
      STRIPE_API_URL: stripe.url,
    });
  let gateway = await start();
  const planId = (await gateway.run("plans:open", { ownerId: "ann" })) as string;
  // The cron's first look, which finds nothing.
  await eventually(async () => {
    expect(await gateway.run("reconcile:status")).toMatchObject({ run: { state: "done" } });
  });
  stripe.events = Array.from({ length: EVENTS }, (_, index) => missed(planId, index));
  stripe.maxPageSize = 5;
  const since = Math.floor(Date.now() / 1_000) - 20_000;
  const runId = await gateway.run("reconcile:run", { sinceSeconds: since });
  for (let round = 0; round < ROUNDS; round++) {
    const dying = gateway;
    const until = stripe.requests.length + 6;
    await eventually(async () => expect(stripe.requests.length).toBeGreaterThan(until));
    await dying.kill();
    gateway = await start();
    await gateway.run("reconcile:sweep");
  }
  await eventually(async () => {
    expect(await gateway.run("reconcile:status")).toMatchObject({
      lagSeconds: 0,
      run: { _id: runId, state: "done", new: EVENTS, applied: EVENTS, failed: 0 },
    });
  });
  const ids = (await ledgerOf(gateway)).map(({ stripeEventId }) => stripeEventId);
  expect(ids.toSorted()).toEqual(stripe.events.map(({ id }) => id).toSorted());
  expect(await gateway.run("plans:changes", { planId })).toHaveLength(1);

  const before = await ledgerOf(gateway);
  for (let round = 0; round < ROUNDS; round++) {
    const replayId = await gateway.run("inbox:replay");
    await gateway.kill();
    gateway = await start();
    await eventually(async () => {
      expect(await gateway.run("inbox:replayProgress", { replayId })).toMatchObject({
        state: "done",
        replayed: EVENTS,
      });
    });
  }
  expect(await ledgerOf(gateway)).toEqual(before);
  expect(await gateway.run("plans:changes", { planId })).toHaveLength(1);
  await gateway.kill();
}, 90_000);
