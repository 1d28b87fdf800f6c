import { expect, test } from "vitest";
import {
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const ROUNDS = 5;
const PLANS = 20;

test(`D1 after kill -9 under load, ${ROUNDS} times, every acknowledged event is in the ledger once, with its effect`, async () => {
  const dataDirectory = await temporaryDirectory();
  let gateway = await startGatewayProcess(dataDirectory);
  const plans: { planId: string; object: JsonObject }[] = [];
  for (let i = 0; i < PLANS; i++) {
    const planId = (await gateway.run("plans:open", { ownerId: `owner ${i}` })) as string;
    const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
    plans.push({ planId, object: subscription({ metadata: { planId }, items: listOf([item]) }) });
  }
  const acknowledged = new Map<string, string>();
  let killedWhileDelivering = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const delivering = deliverUntilKilled(gateway, plans, acknowledged);
    await new Promise((resolve) => setTimeout(resolve, 100 + round * 40));
    await gateway.kill();
    killedWhileDelivering += await delivering;
    gateway = await startGatewayProcess(dataDirectory);
  }
  const ids = (await ledgerOf(gateway)).map(({ stripeEventId }) => stripeEventId);
  const inLedger = new Set(ids);
  expect(acknowledged.size).toBeGreaterThan(PLANS);
  expect(killedWhileDelivering).toBeGreaterThan(0);
  expect(ids).toHaveLength(inLedger.size);
  expect([...acknowledged.keys()].filter((id) => !inLedger.has(id))).toEqual([]);
  for (const planId of new Set(acknowledged.values())) {
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
    expect(await gateway.run("plans:changes", { planId })).toHaveLength(1);
  }
  await gateway.kill();
}, 60_000);

/** Eight senders at once until the connection breaks. @returns how many deliveries got no answer */
async function deliverUntilKilled(
  gateway: GatewayProcess,
  plans: readonly { planId: string; object: JsonObject }[],
  acknowledged: Map<string, string>,
): Promise<number> {
  let next = 0;
  const send = async (): Promise<number> => {
    for (;;) {
      const { planId, object } = plans[next++ % plans.length] as (typeof plans)[number];
      const event = stripeEvent("customer.subscription.updated", object);
      const timestampSeconds = Math.floor(Date.now() / 1_000);
      try {
        const response = await gateway.deliver(deliveryOf(event, { timestampSeconds }));
        expect(response.status).toBe(200);
      } catch (error) {
        if (error instanceof TypeError) {
          return 1;
        }
        throw error;
      }
      acknowledged.set(event["id"] as string, planId);
    }
  };
  const lost = await Promise.all(Array.from({ length: 8 }, send));
  return lost.reduce((sum, each) => sum + each, 0);
}
