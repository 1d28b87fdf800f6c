import { describe, expect } from "vitest";
import { DAY, SANDBOX_START_SECONDS } from "../support/sandboxServer.ts";
import { countOf, lifeCycles, refusalOf, typesAbout } from "./lifeCycles.ts";
import { NUMBERS } from "./shop.ts";

const DECEMBER = Date.UTC(2026, 11, 1) / 1_000;

describe("an end", () => {
  lifeCycles({
    now: async (shop) => {
      const { subscription } = await shop.subscribed();
      const canceled = await shop.stripe.subscriptions.cancel(subscription.id, {
        cancellation_details: { feedback: "too_expensive" },
      });
      expect(canceled).toMatchObject({
        status: "canceled",
        ended_at: SANDBOX_START_SECONDS,
        cancellation_details: { reason: "cancellation_requested", feedback: "too_expensive" },
      });
      const again = await refusalOf(shop.stripe.subscriptions.cancel(subscription.id));
      expect(again.code).toBe("resource_missing");
      await shop.days(60);
      expect(await countOf(shop, "invoice.created")).toBe(1);
      const listed = await shop.stripe.subscriptions.list({});
      expect(listed.data).toEqual([]);
      const ended = await shop.stripe.subscriptions.list({ status: "ended" });
      expect(ended.data).toHaveLength(1);
    },

    "at the end of the period, by the API": async (shop) => {
      const { subscription } = await shop.subscribed();
      const planned = await shop.stripe.subscriptions.update(subscription.id, {
        cancel_at_period_end: true,
      });
      expect(planned).toMatchObject({
        status: "active",
        cancel_at_period_end: true,
        cancel_at: DECEMBER,
        canceled_at: SANDBOX_START_SECONDS,
      });
      await shop.sandbox.advance(DECEMBER - SANDBOX_START_SECONDS - 1);
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.sandbox.advance(1);
      expect(await shop.reread(subscription)).toMatchObject({
        status: "canceled",
        ended_at: DECEMBER,
        canceled_at: SANDBOX_START_SECONDS,
      });
      expect(await countOf(shop, "invoice.created")).toBe(1);
    },

    "planned and taken back": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
      const kept = await shop.stripe.subscriptions.update(subscription.id, {
        cancel_at_period_end: false,
      });
      expect(kept).toMatchObject({ cancel_at: null, canceled_at: null });
      await shop.days(31);
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "at a date": async (shop) => {
      const { subscription } = await shop.subscribed();
      const at = SANDBOX_START_SECONDS + 10 * DAY;
      await shop.stripe.subscriptions.update(subscription.id, { cancel_at: at });
      await shop.days(10);
      expect(await shop.reread(subscription)).toMatchObject({ status: "canceled", ended_at: at });
      const late = await refusalOf(
        shop.stripe.subscriptions.update(subscription.id, { cancel_at: at }),
      );
      expect(late.statusCode).toBe(404);
    },

    "planned from the start": async (shop) => {
      const customer = await shop.customer("pm_card_visa");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
        cancel_at_period_end: true,
      });
      expect(subscription).toMatchObject({ status: "active", cancel_at_period_end: true });
    },

    "by deleting the customer, whose invoices and sessions nobody pays any more": async (shop) => {
      const { subscription } = await shop.subscribed();
      const customer = String(subscription.customer);
      const session = await shop.session({ customer });
      await shop.days(31);
      await shop.days(31);
      await shop.stripe.subscriptions.update(subscription.id, {
        pause_collection: { behavior: "keep_as_draft" },
      });
      await shop.days(31);
      const draft = await shop.latestInvoice(subscription);
      expect(draft.status).toBe("draft");
      const open = await shop.session({ customer });
      await shop.stripe.customers.del(customer);
      expect((await shop.pay(open, NUMBERS.good)).status).toBe(402);
      expect((await shop.pay(session, NUMBERS.good)).status).toBe(410);
      const error = await refusalOf(shop.stripe.invoices.pay(draft.id ?? ""));
      expect(error.statusCode).toBe(402);
      const portal = await refusalOf(shop.stripe.billingPortal.sessions.create({ customer }));
      expect(portal.code).toBe("resource_missing");
    },

    "by deleting the customer": async (shop) => {
      const { subscription } = await shop.subscribed();
      const customer = String(subscription.customer);
      expect(await shop.stripe.customers.del(customer)).toMatchObject({ deleted: true });
      expect((await shop.reread(subscription)).status).toBe("canceled");
      expect(await shop.stripe.customers.retrieve(customer)).toEqual(
        expect.objectContaining({ id: customer, deleted: true }),
      );
      const gone = await refusalOf(shop.session({ customer }));
      expect(gone).toMatchObject({ code: "resource_missing", param: "customer", statusCode: 400 });
      expect(await typesAbout(shop, customer)).toEqual(["customer.created", "customer.deleted"]);
    },
  });
});

describe("a change", () => {
  lifeCycles({
    "to a dearer plan is billed for the rest of the period with the next invoice": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.days(15);
      const item = subscription.items.data[0]?.id ?? "";
      const changed = await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: item, price: shop.enterprise.id }],
      });
      expect(changed.items.data[0]).toMatchObject({
        id: item,
        price: { id: shop.enterprise.id },
        current_period_end: DECEMBER,
      });
      await shop.days(16);
      const invoice = await shop.latestInvoice(subscription);
      expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([-950, 4_950, 9_900]);
      expect(invoice.amount_paid).toBe(13_900);
    },

    "to a dearer plan is invoiced at once when asked": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.days(15);
      await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? "", price: shop.enterprise.id }],
        proration_behavior: "always_invoice",
      });
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "paid",
        amount_paid: 4_000,
        billing_reason: "subscription_update",
      });
    },

    "to a cheaper plan leaves a credit for the next invoice": async (shop) => {
      const { subscription } = await shop.subscribed(NUMBERS.good, {
        line_items: [{ price: shop.enterprise.id, quantity: 1 }],
      });
      await shop.days(15);
      await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? "", price: shop.monthly.id }],
        proration_behavior: "always_invoice",
      });
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "paid",
        amount_due: 0,
      });
      const customer = await shop.stripe.customers.retrieve(String(subscription.customer));
      expect(customer).toMatchObject({ balance: -4_000 });
      await shop.days(16);
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        total: 1_900,
        amount_due: 0,
        status: "paid",
        ending_balance: -2_100,
      });
    },

    "of seats without proration costs nothing now": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? "", quantity: 3 }],
        proration_behavior: "none",
      });
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(3 * 1_900);
    },

    "from month to year begins a new period and is paid at once": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.days(15);
      const changed = await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? "", price: shop.yearly.id }],
      });
      const now = SANDBOX_START_SECONDS + 15 * DAY;
      expect(changed).toMatchObject({ billing_cycle_anchor: now });
      expect(changed.items.data[0]?.current_period_start).toBe(now);
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "paid",
        amount_paid: 19_000 - 950,
      });
      await shop.days(60);
      expect(await countOf(shop, "invoice.created")).toBe(2);
    },

    "adds an item and removes another": async (shop) => {
      const { subscription } = await shop.subscribed();
      const added = await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ price: shop.enterprise.id }],
      });
      expect(added.items.data).toHaveLength(2);
      const removed = await shop.stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? "", deleted: true }],
      });
      expect(removed.items.data.map(({ price }) => price.id)).toEqual([shop.enterprise.id]);
      const none = await refusalOf(
        shop.stripe.subscriptions.update(subscription.id, {
          items: [{ id: removed.items.data[0]?.id ?? "", deleted: true }],
        }),
      );
      expect(none.message).toContain("at least one active plan");
    },

    "of metadata tells only what changed": async (shop) => {
      const { subscription } = await shop.subscribed(NUMBERS.good, {
        subscription_data: { metadata: { a: "1", b: "2" } },
      });
      await shop.stripe.subscriptions.update(subscription.id, { metadata: { b: "", c: "3" } });
      const event = (await shop.sandbox.events()).at(-1);
      expect(event).toMatchObject({
        type: "customer.subscription.updated",
        request: { id: expect.stringMatching(/^req_/), idempotency_key: expect.any(String) },
      });
      expect(event?.data.previous_attributes).toEqual({ metadata: { b: "2", c: null } });
      expect((await shop.reread(subscription)).metadata).toEqual({ a: "1", c: "3" });
    },
  });
});

describe("paused collection", () => {
  lifeCycles({
    "voids invoices until it resumes by itself": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        pause_collection: { behavior: "void", resumes_at: DECEMBER + 10 * DAY },
      });
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).status).toBe("void");
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.days(10);
      expect((await shop.reread(subscription)).pause_collection).toBeNull();
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).status).toBe("paid");
    },

    "keeps drafts": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        pause_collection: { behavior: "keep_as_draft" },
      });
      await shop.days(40);
      const draft = await shop.latestInvoice(subscription);
      expect(draft).toMatchObject({ status: "draft", auto_advance: false });
      await shop.stripe.subscriptions.update(subscription.id, { pause_collection: "" });
      const paid = await shop.stripe.invoices.pay(draft.id ?? "");
      expect(paid.status).toBe("paid");
    },

    "is not a pause of the subscription, which credits the rest and bills nothing": async (
      shop,
    ) => {
      const { subscription } = await shop.subscribed();
      await shop.days(15);
      const paused = await shop.stripe.subscriptions.pause(subscription.id);
      expect(paused).toMatchObject({
        status: "paused",
        status_details: { paused: { subscription: { type: "pause_requested" } } },
      });
      await shop.days(60);
      expect(await countOf(shop, "invoice.created")).toBe(1);
      const resumed = await shop.stripe.subscriptions.resume(subscription.id, {
        billing_cycle_anchor: { type: "now" },
      });
      expect(resumed.status).toBe("active");
      expect(resumed.status_details).toBeUndefined();
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(1_900 - 950);
      expect(await typesAbout(shop, subscription.id)).toEqual([
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.paused",
        "customer.subscription.updated",
        "customer.subscription.resumed",
        "customer.subscription.updated",
      ]);
    },

    "writes invoices off": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        pause_collection: { behavior: "mark_uncollectible" },
      });
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).status).toBe("uncollectible");
    },
  });
});

describe("the customer portal", () => {
  lifeCycles({
    "shows the subscription and the way back": async (shop) => {
      const { subscription } = await shop.subscribed();
      const opened = await shop.stripe.billingPortal.sessions.create({
        customer: String(subscription.customer),
        return_url: "https://shop.example/account",
      });
      const text = await (await fetch(opened.url)).text();
      expect(text).toContain("Professional, €19.00 each month");
      expect(text).toContain('href="https://shop.example/account"');
    },

    "plans an end as cancel_at, and takes it back": async (shop) => {
      const { subscription } = await shop.subscribed();
      const customer = String(subscription.customer);
      const on = { subscription: subscription.id };
      const answer = await shop.portal(customer, { ...on, action: "cancel_at_period_end" });
      expect(answer.status).toBe(303);
      expect(await shop.reread(subscription)).toMatchObject({
        cancel_at: DECEMBER,
        cancel_at_period_end: false,
      });
      await shop.portal(customer, { ...on, action: "keep" });
      expect((await shop.reread(subscription)).cancel_at).toBeNull();
      await shop.portal(customer, { ...on, action: "cancel_at_period_end" });
      await shop.days(31);
      expect((await shop.reread(subscription)).status).toBe("canceled");
    },

    "cancels now": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.portal(String(subscription.customer), {
        subscription: subscription.id,
        action: "cancel_now",
      });
      expect((await shop.reread(subscription)).status).toBe("canceled");
    },

    "changes the quantity": async (shop) => {
      const { subscription } = await shop.subscribed();
      const choose = (quantity: string) =>
        shop.portal(String(subscription.customer), {
          ...{ subscription: subscription.id, action: "change_quantity", quantity },
        });
      for (const wrong of ["0", "1000000", "2.5", "-3", ""]) {
        expect((await choose(wrong)).status).toBe(400);
      }
      expect((await choose("5")).status).toBe(303);
      const { items } = await shop.reread(subscription);
      expect(items.data[0]).toMatchObject({ quantity: 5 });
    },

    "switches the plan": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.portal(String(subscription.customer), {
        subscription: subscription.id,
        action: "switch",
        price: shop.enterprise.id,
      });
      const { items } = await shop.reread(subscription);
      expect(items.data[0]?.price.lookup_key).toBe("enterprise_monthly");
    },

    "takes a new card and pays what is open": async (shop) => {
      const { subscription } = await shop.subscribed();
      const customer = String(subscription.customer);
      const on = { subscription: subscription.id };
      await shop.portal(customer, {
        ...on,
        action: "update_payment_method",
        method: NUMBERS.declinedLater,
      });
      await shop.days(31);
      expect((await shop.reread(subscription)).status).toBe("past_due");
      const failed = await shop.portal(customer, { ...on, action: "pay" });
      expect(failed).toMatchObject({ status: 402 });
      await shop.portal(customer, {
        ...on,
        action: "update_payment_method",
        method: NUMBERS.good,
      });
      expect((await shop.portal(customer, { ...on, action: "pay" })).status).toBe(303);
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "resumes a paused subscription": async (shop) => {
      const { subscription } = await shop.subscribed("", {
        payment_method_collection: "if_required",
        subscription_data: {
          trial_period_days: 7,
          trial_settings: { end_behavior: { missing_payment_method: "pause" } },
        },
      });
      const customer = String(subscription.customer);
      const on = { subscription: subscription.id };
      await shop.days(7);
      await shop.portal(customer, {
        ...on,
        action: "update_payment_method",
        method: NUMBERS.good,
      });
      await shop.portal(customer, { ...on, action: "resume" });
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "shows and changes nothing of another customer": async (shop) => {
      const { subscription } = await shop.subscribed();
      const other = await shop.customer();
      const answer = await shop.portal(other.id, {
        subscription: subscription.id,
        action: "cancel_now",
      });
      expect(answer.status).toBe(404);
      const unknown = await shop.portal(String(subscription.customer), {
        subscription: subscription.id,
        action: "constructor",
      });
      expect(unknown.status).toBe(400);
      expect((await shop.reread(subscription)).status).toBe("active");
    },
  });
});
