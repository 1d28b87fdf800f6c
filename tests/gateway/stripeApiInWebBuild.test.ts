import Stripe from "stripe";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { observeSubscription, readForThinEvent } from "../../src/internal/recovery/observe.ts";
import { openStripeApi, stripeFailure } from "../../src/internal/recovery/stripeApi.ts";
import { verifySealed } from "../../src/stripe/verify.ts";
import { listOf, stripeEvent, subscription, subscriptionItem } from "../fixtures/stripe.ts";
import { setStripeApi, TEST_STRIPE_KEY } from "../support/stripeKey.ts";
import { type StripeServer, startStripeServer } from "../support/stripeServer.ts";

// The build that Cloudflare Workers and Convex load; Node's export conditions never choose it.
vi.mock("stripe", () => import("../../node_modules/stripe/esm/stripe.esm.worker.js"));
vi.mock("#digests", () => import("../../src/stripe/digests.ts"));

let stripe: StripeServer;
beforeEach(async () => {
  stripe = await startStripeServer();
  setStripeApi(stripe.url);
});
afterEach(async () => {
  setStripeApi(null);
  await stripe.close();
});

const verify = (sealed: { body: string; seal: string }) =>
  verifySealed(sealed, { secretKey: TEST_STRIPE_KEY, nowMs: Date.now() });

test("V7 the SDK's web build reads what is sealed, dated before the read began", async () => {
  expect(() => Stripe.webhooks.generateTestHeaderString({ payload: "{}", secret: "x" })).toThrow(
    "synchronous context",
  );
  const item = subscriptionItem();
  const object = subscription({ items: listOf([item]) });
  stripe.add(object);
  const event = stripeEvent("customer.subscription.created", object);
  stripe.events.push(event);
  const beganSeconds = Math.floor(Date.now() / 1_000);

  const observed = verify(await observeSubscription(openStripeApi(), String(object["id"])));
  expect(observed.event).toMatchObject({
    type: "tollgate.subscription.observed",
    objectId: object["id"],
    livemode: false,
    object,
  });
  expect(observed.event.createdSeconds).toBeLessThan(beganSeconds);
  expect(observed.event.createdSeconds).toBeGreaterThanOrEqual(beganSeconds - 3);

  const read = { snapshotEventId: String(event["id"]), objectType: null, objectId: null };
  expect(verify(await readForThinEvent(openStripeApi(), read)).event).toMatchObject({
    id: event["id"],
    object,
  });
});

test("R3 the SDK's web build tells why it failed", async () => {
  const missing = observeSubscription(openStripeApi(), "sub_none");
  expect(await missing.catch(stripeFailure)).toBe("resource_missing");
  stripe.fault = () => ({ status: 429, headers: { "stripe-should-retry": "false" } });
  const limited = observeSubscription(openStripeApi(), "sub_none");
  expect(await limited.catch(stripeFailure)).toBe("stripe_rate_limited");
});
