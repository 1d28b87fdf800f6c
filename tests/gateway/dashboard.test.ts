import { afterEach, describe, expect, test } from "vitest";
import {
  checkoutSession,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { openGatewayWithStripe } from "../support/gatewayWithStripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

const PAGE = { numItems: 50, cursor: null };

async function found(gateway: TestEngine, filter: JsonObject): Promise<unknown[]> {
  const { page } = (await gateway.call("dashboard:events", { filter, paginationOpts: PAGE })) as {
    page: { stripeEventId: string }[];
  };
  return page.map(({ stripeEventId }) => stripeEventId);
}

describe("B6 the dashboard's queries", () => {
  test("find events by the ids of event, object, customer, plan and owner, by type, status and time", async () => {
    const gateway = openTestEngine(internalFunctions);
    const planId = await gateway.call("plans:open", { ownerId: "ann" });
    const session = { id: "cs_wanted1", customer: "cus_wanted1", client_reference_id: planId };
    const paid = stripeEvent("checkout.session.completed", checkoutSession(session));
    const other = stripeEvent("payout.paid", { id: "po_other1", object: "payout" });
    await deliverTo(gateway, paid);
    await deliverTo(gateway, other);
    for (const of of [paid["id"], "cs_wanted1", "cs_wan", "cus_wanted1", planId, "ann"]) {
      expect([of, await found(gateway, { of })]).toEqual([of, [paid["id"]]]);
    }
    expect(await found(gateway, {})).toEqual([other["id"], paid["id"]]);
    expect(await found(gateway, { type: "payout.paid" })).toEqual([other["id"]]);
    expect(await found(gateway, { status: "applied" })).toEqual([paid["id"]]);
    expect(await found(gateway, { status: "dead" })).toEqual([]);
    expect(await found(gateway, { toMs: 1_000 })).toEqual([]);
    expect(await found(gateway, { of: "nobody" })).toEqual([]);
    expect(await gateway.call("dashboard:ledgerSize")).toBe(2);
    expect(await gateway.call("dashboard:event", { eventId: paid["id"] })).toMatchObject({
      isBodyAsVerified: true,
      plan: { ownerId: "ann" },
      changes: [{ to: "professional" }],
    });
  });
});

describe("B4 scheduling by hand", () => {
  test("has a function run later, refuses arguments that it does not take, and cancels", async () => {
    const gateway = openTestEngine(internalFunctions);
    const atMs = Date.now() + 60_000;
    const later = { path: "plans:open", args: { ownerId: "bob" }, atMs };
    const jobId = await gateway.call("jobs:schedule", later);
    const jobs = async () =>
      ((await gateway.call("jobs:list", { paginationOpts: PAGE })) as { page: unknown }).page;
    expect(await jobs()).toMatchObject([{ _id: jobId, state: { kind: "pending" } }]);
    await gateway.call("jobs:cancel", { jobId });
    expect(await jobs()).toMatchObject([{ state: { kind: "canceled" } }]);
  });
});

describe("B7 refetch:now", () => {
  let close: () => Promise<void>;
  afterEach(async () => await close());

  test("takes in a subscription as Stripe has it, and refuses one that it does not have", async () => {
    const opened = await openGatewayWithStripe(internalFunctions);
    const { stripe, gateway } = opened;
    close = opened.close;
    const planId = await gateway.call("plans:open", { ownerId: "ann" });
    const item = subscriptionItem({
      price: price({ lookup_key: "professional_monthly" }),
    });
    stripe.add(
      subscription({
        id: "sub_lost1",
        metadata: { planId },
        items: listOf([item]),
        status: "active",
      }),
    );
    await gateway.call("refetch:now", { subscriptionId: "sub_lost1" });
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "professional" });
    await expect(gateway.call("refetch:now", { subscriptionId: "sub_none1" })).rejects.toThrow(
      /stripe_unavailable|was not read/,
    );
  });
});
