import { expect, test } from "vitest";
import type { JsonObject } from "../fixtures/stripe.ts";
import { illegalMoves } from "../model/lifeCycle/illegalMoves.ts";
import { startTestSandbox } from "../support/sandboxServer.ts";
import { NUMBERS, openShop } from "./shop.ts";

/** A history with a trial, a failed renewal that is paid later, a change and an end. */
async function history(): Promise<JsonObject[]> {
  const sandbox = await startTestSandbox();
  const shop = await openShop(sandbox);
  const { subscription } = await shop.subscribed(NUMBERS.declinedLater, {
    subscription_data: { trial_period_days: 5 },
  });
  await shop.days(6);
  const { latest_invoice } = await shop.reread(subscription);
  await shop.stripe.invoices.pay(String(latest_invoice), { payment_method: "pm_card_visa" });
  await shop.stripe.subscriptions.update(subscription.id, { metadata: { a: "1" } });
  await shop.stripe.subscriptions.cancel(subscription.id);
  const events = JSON.parse(JSON.stringify(await sandbox.events())) as JsonObject[];
  await sandbox.close();
  return events;
}

function isStep({ type }: JsonObject): boolean {
  return /^(customer\.subscription\.(created|updated)|invoice\.(created|finalized|payment_failed))$/.test(
    String(type),
  );
}

function statusOf({ data }: JsonObject): unknown {
  return (data as { object: JsonObject }).object["status"];
}

test("S13 a history with any step removed or moved is not the oracle's", async () => {
  const legal = await history();
  expect(illegalMoves(legal)).toEqual([]);
  const steps = legal.flatMap((event, index) => (isStep(event) ? [index] : []));
  const met = new Set(
    steps.map((index) => `${legal[index]?.["type"]} ${statusOf(legal[index] ?? {})}`),
  );
  expect(met).toContain("customer.subscription.updated past_due");
  expect(met).toContain("invoice.payment_failed open");
  for (const index of steps) {
    const step = legal[index] as JsonObject;
    const name = `${String(step["type"])} at ${index}`;
    const others = legal.toSpliced(index, 1);
    expect(illegalMoves(others), `${name} removed`).not.toEqual([]);
    expect(illegalMoves([...others, step]), `${name} moved to the end`).not.toEqual([]);
  }
  expect(illegalMoves(legal.toReversed())).not.toEqual([]);
});
