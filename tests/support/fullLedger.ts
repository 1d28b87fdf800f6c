import {
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  thinEvent,
} from "../fixtures/stripe.ts";
import { deliverTo } from "./internalFunctions.ts";
import { makeLedger } from "./ledgers.ts";
import { setStripeApi } from "./stripeKey.ts";
import type { TestEngine } from "./testEngine.ts";

const nowSeconds = () => Math.floor(Date.now() / 1_000);

/**
 * {@link makeLedger}, and besides a row in every other table: an event that failed and one that waits to be
 * read, a plan that waits for a time, a body that was erased, and notes on every kind of work.
 */
export async function makeFullLedger(gateway: TestEngine): Promise<void> {
  await makeLedger(gateway);
  const carl = (await gateway.call("plans:open", { ownerId: "carl" })) as string;
  await deliver(gateway, "customer.subscription.created", monthly(carl, { id: "sub_carl" }));
  await deliverTie(gateway, carl);
  const failed = stripeEvent("customer.subscription.updated", monthly(carl, { id: "sub_failed" }));
  const signed = deliveryOf(failed, { timestampSeconds: nowSeconds() });
  await gateway.call("events:keepFailed", { ...signed, reason: "The store is full." });
  await eraseOne(gateway);
  await gateway.call("inbox:replay", { type: "invoice.paid" });
  setStripeApi("http://127.0.0.1:9");
  try {
    await deliverTo(gateway, thinEvent("v1.customer.subscription.past_due", monthly(carl)));
    await gateway.call("reconcile:begin", {});
    const wanted = { planType: "professional", isCounted: true };
    await gateway.call("checkout:takeTurn", { ownerId: "dora", ...wanted });
    const customer = { customerId: "cus_dora", replaced: 0 };
    await gateway.call("checkout:rememberCustomer", { ownerId: "dora", ...customer });
  } finally {
    setStripeApi(null);
  }
}

async function deliver(gateway: TestEngine, type: string, object: JsonObject): Promise<void> {
  await deliverTo(gateway, stripeEvent(type, object, { created: nowSeconds() }));
}

/** Two events of one second that contradict each other: the subscription is to be read from Stripe. */
async function deliverTie(gateway: TestEngine, planId: string): Promise<void> {
  const created = nowSeconds() - 60;
  for (const status of ["active", "unpaid"]) {
    const object = monthly(planId, { id: "sub_tie", status });
    await deliverTo(gateway, stripeEvent("customer.subscription.updated", object, { created }));
  }
}

/** A subscription of which a month begins now. */
function monthly(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({
    price: price({ lookup_key: "professional_monthly" }),
    current_period_start: nowSeconds(),
    current_period_end: nowSeconds() + 30 * 24 * 3_600,
  });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

async function eraseOne(gateway: TestEngine): Promise<void> {
  const paginationOpts = { numItems: 100, cursor: null };
  const { page } = (await gateway.call("events:list", { paginationOpts })) as {
    page: JsonObject[];
  };
  const event = page.find(({ type }) => type === "customer.deleted");
  await gateway.call("customerData:eraseBodies", { eventIds: [event?.["_id"]] });
  const subject = { name: "cus_bob", planIds: [], ids: ["cus_bob"] };
  await gateway.call("customerData:finishErasure", { subject, reason: "asked for", bodies: 1 });
}
