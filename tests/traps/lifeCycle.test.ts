import { describe, expect, test } from "vitest";
import {
  charge,
  checkoutSession,
  customer,
  dispute,
  FIXTURE_SECONDS,
  type JsonObject,
  listOf,
  MONTH_SECONDS,
  price,
  refund,
  subscriptionItem,
  unpaidCheckoutSession,
} from "../fixtures/stripe.ts";
import { subscription2022 } from "../fixtures/stripeOldShapes.ts";
import { openWorld, professional } from "./world.ts";

const LATER_SECONDS = FIXTURE_SECONDS + 10 * 24 * 3_600;

describe("P1 P3 P6 what was bought, and by whom", () => {
  test("trap 15: a renewal without metadata finds its plan by the stored subscription", async () => {
    const { planId, deliver, plan } = await openWorld();
    await deliver("customer.subscription.created", professional(planId, { status: "past_due" }));
    const renewed = professional(planId, { metadata: {}, status: "active" });
    const row = await deliver("customer.subscription.updated", renewed, { atSeconds: 60 });
    expect(row).toMatchObject({ status: "applied", planId });
    expect(await plan()).toMatchObject({ rule: "subscription_active" });
  });

  test("trap 16: periods count where older and newer versions of the API put them", async () => {
    const ends = [];
    const end = LATER_SECONDS;
    for (const object of [
      (planId: string) =>
        subscription2022({
          id: "sub_1",
          metadata: { planId },
          current_period_end: end,
          items: listOf([
            {
              id: "si_1",
              object: "subscription_item",
              price: price({ lookup_key: "professional_monthly" }),
              quantity: 1,
            },
          ]),
        }),
      (planId: string) =>
        professional(planId, {
          items: listOf([
            subscriptionItem({
              current_period_end: end,
              price: price({ lookup_key: "professional_monthly" }),
            }),
          ]),
        }),
    ]) {
      const { planId, deliver, plan } = await openWorld();
      await deliver("customer.subscription.created", object(planId));
      expect(await plan()).toMatchObject({ planType: "professional" });
      ends.push((await plan())["changesAtMs"]);
    }
    expect(ends).toEqual([end * 1_000, end * 1_000]);
  });

  test("trap 17: both ways to schedule an end are one end", async () => {
    const ends = [];
    const periodEnd = FIXTURE_SECONDS + MONTH_SECONDS;
    for (const ending of [{ cancel_at_period_end: true }, { cancel_at: periodEnd }]) {
      const { planId, deliver, plan } = await openWorld();
      await deliver("customer.subscription.created", professional(planId, ending));
      const { planType, rule, changesAtMs } = await plan();
      ends.push({ planType, rule, changesAtMs });
    }
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).toMatchObject({ planType: "professional", changesAtMs: periodEnd * 1_000 });
  });

  test("trap 18: a checkout that is complete is not paid", async () => {
    const { planId, deliver, plan } = await openWorld();
    const session = unpaidCheckoutSession({ client_reference_id: planId });
    await deliver("checkout.session.completed", session);
    expect(await plan()).toMatchObject({ planType: "free", rule: "checkout_unpaid" });
    await deliver("checkout.session.async_payment_failed", session);
    expect(await plan()).toMatchObject({ planType: "free", rule: "checkout_payment_failed" });
  });

  test.each(["incomplete", "incomplete_expired"])(
    "trap 19: %s grants nothing, and its row stays",
    async (status) => {
      const { planId, deliver, plan, rows } = await openWorld();
      await deliver("customer.subscription.created", professional(planId, { status }));
      expect(await plan()).toMatchObject({ planType: "free", rule: `subscription_${status}` });
      expect(await rows("subscriptions")).toHaveLength(1);
    },
  );

  test.each<[string, JsonObject, string, string]>([
    ["status paused", { status: "paused" }, "free", "subscription_paused"],
    [
      "invoices voided",
      { pause_collection: { behavior: "void" } },
      "free",
      "subscription_collection_voided",
    ],
    [
      "invoices kept as drafts",
      { pause_collection: { behavior: "keep_as_draft" } },
      "professional",
      "subscription_collection_kept_as_draft",
    ],
  ])("trap 20: %s is a matter of policy", async (_, paused, planType, rule) => {
    const { planId, deliver, plan } = await openWorld();
    await deliver("customer.subscription.updated", professional(planId, paused));
    expect(await plan()).toMatchObject({ planType, rule });
  });

  test("trap 21: the best of all subscriptions and items counts; a second live one is told", async () => {
    const { planId, deliver, plan } = await openWorld();
    const several = listOf([
      subscriptionItem({ price: price({ lookup_key: "unknown" }) }),
      subscriptionItem({ price: price({ lookup_key: "enterprise_monthly" }) }),
    ]);
    const old = professional(planId, { id: "sub_old", items: several });
    await deliver("customer.subscription.created", old);
    await deliver("customer.subscription.created", professional(planId));
    expect(await plan()).toMatchObject({
      planType: "enterprise",
      liveSubscriptionIds: ["sub_1", "sub_old"],
      alerts: [{ code: "second_live_subscription", objectIds: ["sub_1", "sub_old"] }],
    });
    await deliver(
      "customer.subscription.deleted",
      { ...old, status: "canceled" },
      { atSeconds: 60 },
    );
    expect(await plan()).toMatchObject({ planType: "professional", alerts: [] });
  });

  test("trap 22: a customer that was deleted takes its subscriptions along", async () => {
    const { planId, deliver, plan } = await openWorld();
    await deliver("customer.subscription.created", professional(planId));
    await deliver("customer.deleted", customer({ id: "cus_1" }), { atSeconds: 60 });
    expect(await plan()).toMatchObject({ planType: "free", rule: "customer_deleted" });
  });

  test("trap 23: refunds and disputes decide, also when they are taken back", async () => {
    const { planId, deliver, plan } = await openWorld();
    const bought = checkoutSession({ client_reference_id: planId, payment_intent: "pi_1" });
    await deliver("checkout.session.completed", bought);
    const told = async (type: string, object: JsonObject, atSeconds: number) => {
      await deliver(type, object, { atSeconds });
      return (await plan())["rule"];
    };
    const parts = { charge: "ch_1", payment_intent: "pi_1" };
    const opened = dispute({ id: "du_1", ...parts });
    expect(await told("charge.dispute.created", opened, 10)).toBe("purchase_disputed");
    expect(await told("charge.dispute.closed", { ...opened, status: "won" }, 20)).toBe(
      "purchase_dispute_over",
    );
    const refunded = charge({
      id: "ch_1",
      payment_intent: "pi_1",
      amount_refunded: 1_900,
      refunded: true,
    });
    expect(await told("charge.refunded", refunded, 30)).toBe("purchase_refunded");
    const failed = refund({ id: "re_1", ...parts, status: "failed" });
    expect(await told("refund.failed", failed, 40)).toBe("purchase_dispute_over");
  });

  test("trap 26: an e-mail address links nothing", async () => {
    const { planId, deliver, plan } = await openWorld();
    await deliver("customer.subscription.created", professional(planId, { status: "unpaid" }));
    await deliver("customer.updated", customer({ id: "cus_1", email: "ann@example.org" }));
    const row = await deliver(
      "checkout.session.completed",
      checkoutSession({ customer: "cus_2", customer_details: { email: "ann@example.org" } }),
    );
    expect(row["status"]).toBe("unlinked");
    expect((await plan())["planType"]).toBe("free");
  });

  test("trap 27: a list of items that was cut is marked, and asked for", async () => {
    const { planId, deliver, plan, rows } = await openWorld();
    const items = listOf([subscriptionItem({ price: price({ lookup_key: "unknown" }) })], {
      has_more: true,
    });
    await deliver("customer.subscription.created", professional(planId, { items }));
    expect(await plan()).toMatchObject({
      alerts: expect.arrayContaining([{ code: "items_incomplete", objectIds: ["sub_1"] }]),
      ambiguousSubscriptionIds: ["sub_1"],
    });
    expect(await rows("subscriptionReads")).toMatchObject([{ subscriptionId: "sub_1" }]);
  });
});
