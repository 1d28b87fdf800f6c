import { internalMutationGeneric, makeFunctionReference } from "convex/server";
import { v } from "convex/values";
import { expect, test } from "vitest";
import {
  checkoutSession,
  customer,
  deliveryOf,
  invoice,
  invoiceParent,
  type JsonObject,
  listOf,
  MONTH_SECONDS,
  price,
  stripeEvent,
  subscription,
  subscriptionCheckoutSession,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine } from "../support/testEngine.ts";

const RENEWALS = 300;

/** The digits that a hash can begin with. */
const LEDGER_SHARDS = 16;

/** Takes in a delivery as the webhook endpoint does, and tells what that read and wrote. */
const measured = {
  ingest: internalMutationGeneric({
    args: { body: v.string(), signatureHeader: v.string() },
    handler: async (ctx, delivery) => {
      await ctx.runMutation(makeFunctionReference<"mutation">("events:ingest"), delivery);
      return await ctx.meta.getTransactionMetrics();
    },
  }),
};

type Metrics = Record<string, { used: number }>;

/** A plan, and the way to take in an event for it. Every shard of the ledger's chain has begun. */
async function openPlan() {
  const { call } = openTestEngine({ ...internalFunctions, measured });
  const planId = (await call("plans:open", { ownerId: "ann" })) as string;
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const take = async (type: string, object: JsonObject, created = nowSeconds): Promise<Metrics> => {
    const event = stripeEvent(type, object, { created });
    const delivery = deliveryOf(event, { timestampSeconds: nowSeconds });
    return (await call("measured:ingest", delivery)) as Metrics;
  };
  const shards = async () => {
    const { entries } = (await call("audit:tablePage", { table: "ledgerHeads", after: null })) as {
      entries: unknown[];
    };
    return entries.length;
  };
  while ((await shards()) < LEDGER_SHARDS) {
    await take("customer.updated", customer());
  }
  return { planId, nowSeconds, take };
}

test(`P13 an event after ${5 * RENEWALS} others reads and writes as much as one after 10`, async () => {
  const { planId, nowSeconds, take } = await openPlan();
  const ids = { id: "sub_1", customer: "cus_1" };
  const session = subscriptionCheckoutSession({
    subscription: "sub_1",
    customer: "cus_1",
    client_reference_id: planId,
    payment_status: "unpaid",
  });
  await take("checkout.session.completed", session, nowSeconds - RENEWALS * MONTH_SECONDS);

  /** One period: the subscription moves on, its invoice is made and paid. */
  const renew = async (monthsAgo: number): Promise<Metrics[]> => {
    const startSeconds = nowSeconds - monthsAgo * MONTH_SECONDS;
    const item = subscriptionItem({
      current_period_start: startSeconds,
      current_period_end: startSeconds + MONTH_SECONDS,
      price: price({ id: "price_1", product: "prod_1", lookup_key: "professional_monthly" }),
    });
    const renewed = subscription({ ...ids, items: listOf([item]) });
    const bill = invoice({
      id: `in_${monthsAgo}`,
      created: startSeconds,
      customer: "cus_1",
      parent: invoiceParent("sub_1"),
    });
    return [
      await take("customer.subscription.updated", renewed, startSeconds),
      await take("invoice.created", { ...bill, status: "draft" }, startSeconds),
      await take("invoice.finalized", { ...bill, status: "open" }, startSeconds + 3_600),
      await take("invoice.paid", bill, startSeconds + 3_601),
      await take("invoice.payment_succeeded", bill, startSeconds + 3_601),
    ];
  };

  const first: Metrics[][] = [];
  const last: Metrics[][] = [];
  for (let monthsAgo = RENEWALS; monthsAgo > 0; monthsAgo--) {
    const used = await renew(monthsAgo);
    // After 12 there are as many invoices as are ever looked at.
    if (monthsAgo === RENEWALS - 15) {
      first.push(used);
    } else if (monthsAgo === 2) {
      last.push(used);
    }
  }
  const reads = (metrics: Metrics[][]) =>
    metrics.flat().map(({ documentsRead }) => documentsRead?.used);
  const writes = (metrics: Metrics[][]) =>
    metrics.flat().map(({ documentsWritten }) => documentsWritten?.used);
  expect(reads(last)).toEqual(reads(first));
  expect(Math.max(...reads(last).map(Number))).toBeLessThan(60);
  expect(Math.max(...writes(last).map(Number))).toBeLessThanOrEqual(
    Math.max(...writes(first).map(Number)),
  );
}, 60_000);

test("P13 checkouts that were never completed cost nothing, however many they are", async () => {
  const { planId, take } = await openPlan();
  const abandon = async (): Promise<Metrics> =>
    await take(
      "checkout.session.expired",
      checkoutSession({
        client_reference_id: planId,
        customer: null,
        payment_status: "unpaid",
        status: "expired",
      }),
    );
  const first = await abandon();
  for (let more = 0; more < 50; more++) {
    await abandon();
  }
  const last = await abandon();
  // Some of them find a head of the ledger's chains that others made.
  expect(Number(last["documentsRead"]?.used)).toBeLessThan(
    Number(first["documentsRead"]?.used) + 10,
  );
});
