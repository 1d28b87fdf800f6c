import { expect, test } from "vitest";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandboxServer.ts";
import { NUMBERS, openShop } from "./shop.ts";

/** A real gateway in a process of its own that hears of everything in the sandbox. */
async function startBoth(): Promise<{ sandbox: TestSandbox; gateway: GatewayProcess }> {
  const clock = { nowMs: () => Date.now() };
  const sandbox = await startTestSandbox({ ports: { clock } });
  const endpoint = await sandbox.stripe.webhookEndpoints.create({
    url: "http://127.0.0.1:9/not-yet",
    enabled_events: ["*"],
  });
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: endpoint.secret,
  });
  await sandbox.stripe.webhookEndpoints.update(endpoint.id, {
    url: `${gateway.url}/stripe/webhook`,
  });
  return { sandbox, gateway };
}

test("S5 S6 the gateway follows a subscription of the sandbox, with deliveries doubled and reversed", async () => {
  const { sandbox, gateway } = await startBoth();
  const plan = async (planId: unknown) => {
    expect(await sandbox.settled()).toBe(true);
    return gateway.run("plans:get", { planId });
  };
  const planId = await gateway.run("plans:open", { ownerId: "ann" });
  const shop = await openShop(sandbox);
  await sandbox.settled();
  for (const kind of ["duplicate", "reorder"]) {
    await sandbox.control("/faults", { kind, count: 8 });
  }
  const { subscription } = await shop.subscribed(NUMBERS.good, {
    client_reference_id: String(planId),
  });
  expect(await plan(planId)).toMatchObject({ planType: "professional" });

  await shop.days(32);
  expect(await plan(planId)).toMatchObject({ planType: "professional" });
  await shop.stripe.subscriptions.update(subscription.id, {
    items: [{ id: subscription.items.data[0]?.id ?? "", price: shop.enterprise.id }],
  });
  expect(await plan(planId)).toMatchObject({ planType: "enterprise" });
  await sandbox.advance(5);
  await shop.stripe.subscriptions.cancel(subscription.id);
  expect(await plan(planId)).toMatchObject({ planType: "free" });

  const ledger = await ledgerOf(gateway);
  const events = await sandbox.events();
  expect(new Set(ledger.map(({ stripeEventId }) => stripeEventId))).toEqual(
    new Set(events.map(({ id }) => id)),
  );
  expect(ledger.filter(({ status }) => status === "failed")).toEqual([]);
  expect(events.every(({ pending_webhooks }) => pending_webhooks === 0)).toBe(true);
  await gateway.kill();
  await sandbox.close();
});
