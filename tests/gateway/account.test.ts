import { afterEach, beforeEach, expect, test } from "vitest";
import { openPlan, planType, professional } from "../contract/asking.ts";
import { type JsonObject, stripeEvent } from "../fixtures/stripe.ts";
import { type GatewayWithStripe, openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf } from "../support/ledgers.ts";

const OWN = { account: "acct_own" };

let gateway: GatewayWithStripe["gateway"];
let stripe: GatewayWithStripe["stripe"];
let close: GatewayWithStripe["close"];
beforeEach(async () => {
  process.env["STRIPE_ACCOUNT"] = OWN.account;
  ({ gateway, stripe, close } = await openGatewayWithStripe(internalFunctions));
});
afterEach(async () => {
  delete process.env["STRIPE_ACCOUNT"];
  await close();
});

const place = () => ({ run: gateway.call });

async function becameOf(event: JsonObject): Promise<unknown> {
  return ((await (await deliverTo(gateway, event)).json()) as JsonObject)["status"];
}

test("W10 a gateway of a connected account counts its events, and neither another's nor the platform's", async () => {
  const planId = await openPlan(place(), "ann");
  const object = professional(planId);
  const told = (scope: JsonObject) => stripeEvent("customer.subscription.created", object, scope);
  expect(await becameOf(told({}))).toBe("quarantined");
  expect(await becameOf(told({ account: "acct_other" }))).toBe("quarantined");
  expect(await planType(place(), planId)).toBe("free");
  expect(await becameOf(told(OWN))).toBe("applied");
  expect(await planType(place(), planId)).toBe("professional");
  const ended = { ...object, status: "canceled" };
  const foreign = stripeEvent("customer.subscription.deleted", ended, { account: "acct_other" });
  expect(await becameOf(foreign)).toBe("quarantined");
  expect(await planType(place(), planId)).toBe("professional");
  expect(await gateway.call("health:otherAccountHeld")).toBeNull();
  process.env["STRIPE_ACCOUNT"] = "acct_another";
  expect(await gateway.call("health:otherAccountHeld")).toBe("acct_own");
});

test("W10 what it reads at Stripe is that account's, and proves as its own", async () => {
  const planId = await openPlan(place(), "bob");
  const created = Math.floor(gateway.time.clock.nowMs() / 1_000) - 3_600;
  const missed = professional(planId);
  stripe.events.push(stripeEvent("customer.subscription.created", missed, { created }));
  const unheard = professional(await openPlan(place(), "carl"));
  stripe.add(unheard);
  await gateway.call("reconcile:run", { subscriptions: true });
  await gateway.engine.scheduler.runDue();
  expect(await planType(place(), planId)).toBe("professional");
  expect(await planType(place(), await openPlan(place(), "carl"))).toBe("professional");
  expect(new Set(stripe.requests.map(({ account }) => account))).toEqual(new Set([OWN.account]));
  await gateway.call("reconcile:run", {});
  await gateway.engine.scheduler.runDue();
  expect(await gateway.call("reconcile:status")).toMatchObject({ run: { new: 0 } });
  expect((await auditOf(gateway)).findings).toEqual([]);
});
