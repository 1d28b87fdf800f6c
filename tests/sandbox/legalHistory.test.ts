import type Stripe from "stripe";
import { expect, test } from "vitest";
import { startTestSandbox } from "../support/sandboxServer.ts";
import { flawsOf } from "./legalHistory.ts";
import { openShop } from "./shop.ts";

/** A history with a renewal, a plan change and an end. */
async function history(): Promise<Stripe.Event[]> {
  const sandbox = await startTestSandbox();
  const shop = await openShop(sandbox);
  const { subscription } = await shop.subscribed();
  await shop.stripe.subscriptions.update(subscription.id, { metadata: { a: "1" } });
  await shop.days(31);
  await shop.stripe.subscriptions.cancel(subscription.id);
  const events = JSON.parse(JSON.stringify(await sandbox.events())) as Stripe.Event[];
  await sandbox.close();
  return events;
}

function indexOf(events: readonly Stripe.Event[], type: string): number {
  return events.findIndex((event) => event.type === type);
}

test("S2 the checker of histories finds what is wrong with one", async () => {
  const legal = await history();
  expect(flawsOf(legal)).toEqual([]);
  const broken: ((events: Stripe.Event[]) => unknown)[] = [
    // An event is missing: the next one does not lead from the state before.
    (events) => events.splice(indexOf(events, "customer.subscription.updated"), 1),
    (events) => events.splice(indexOf(events, "customer.subscription.created"), 1),
    // Told twice, or after the end.
    (events) =>
      events.push(events[indexOf(events, "customer.subscription.created")] as Stripe.Event),
    (events) =>
      events.push(events[indexOf(events, "customer.subscription.updated")] as Stripe.Event),
    // In the wrong order.
    (events) => events.reverse(),
    // A status that cannot follow, or does not belong to the type.
    (events) => setStatus(events, "invoice.finalized", "void"),
    (events) => setStatus(events, "customer.subscription.deleted", "active"),
    // A wrong former value.
    (events) => {
      const event = events[indexOf(events, "customer.subscription.updated")];
      Object.assign(event?.data ?? {}, { previous_attributes: { metadata: { a: "0" } } });
    },
    // Time that runs back.
    (events) => {
      const event = events.at(-1);
      Object.assign(event ?? {}, { created: 1 });
    },
  ];
  for (const breakIt of broken) {
    const events = structuredClone(legal);
    breakIt(events);
    expect(flawsOf(events)).not.toEqual([]);
  }
});

function setStatus(events: readonly Stripe.Event[], type: string, status: string): void {
  Object.assign(events[indexOf(events, type)]?.data.object ?? {}, { status });
}
