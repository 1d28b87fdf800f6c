import { describe, expect } from "vitest";
import { DAY, SANDBOX_START_SECONDS } from "../support/sandboxServer.ts";
import { countOf, lifeCycles, refusalOf, typesAbout } from "./lifeCycles.ts";
import { NUMBERS } from "./shop.ts";

const DECEMBER = Date.UTC(2026, 11, 1) / 1_000;
const JANUARY = Date.UTC(2027, 0, 1) / 1_000;

describe("a subscription bought on the hosted page", () => {
  lifeCycles({
    "is active from the start, with its first invoice paid": async (shop) => {
      const { session, subscription } = await shop.subscribed(NUMBERS.good, {
        client_reference_id: "account-1",
        metadata: { on: "session" },
        subscription_data: { metadata: { on: "subscription" } },
      });
      expect(session).toMatchObject({
        status: "complete",
        payment_status: "paid",
        payment_intent: null,
        metadata: { on: "session" },
      });
      expect(subscription).toMatchObject({
        status: "active",
        customer: session.customer,
        latest_invoice: session.invoice,
        metadata: { on: "subscription" },
        billing_mode: { type: "flexible" },
      });
      expect(subscription.items.data[0]).toMatchObject({
        current_period_start: SANDBOX_START_SECONDS,
        current_period_end: DECEMBER,
        quantity: 1,
        price: { id: shop.monthly.id, lookup_key: "professional_monthly" },
      });
      const invoice = await shop.stripe.invoices.retrieve(String(session.invoice), {
        expand: ["payments"],
      });
      expect(invoice).toMatchObject({
        status: "paid",
        amount_paid: 1_900,
        billing_reason: "subscription_create",
        parent: {
          type: "subscription_details",
          subscription_details: {
            subscription: subscription.id,
            metadata: { on: "subscription" },
          },
        },
      });
      expect(invoice.payments?.data[0]).toMatchObject({ status: "paid", amount_paid: 1_900 });
    },

    "makes a customer when the shop has none": async (shop) => {
      const session = await shop.session();
      await shop.pay(session, NUMBERS.good);
      const { customer } = await shop.stripe.checkout.sessions.retrieve(session.id);
      const [found] = (await shop.stripe.customers.list({ email: "buyer@example.org" })).data;
      expect(found?.id).toBe(customer);
    },

    "does not exist after a declined card": async (shop) => {
      const customer = await shop.customer();
      const session = await shop.session({ customer: customer.id });
      expect((await shop.pay(session, NUMBERS.declined)).status).toBe(402);
      const all = await shop.stripe.subscriptions.list({ customer: customer.id, status: "all" });
      expect(all.data).toEqual([]);
      await shop.pay(session, NUMBERS.good);
      expect(await countOf(shop, "customer.subscription.created")).toBe(1);
    },

    "waits for 3-D Secure": async (shop) => {
      const session = await shop.session();
      const asked = await shop.pay(session, NUMBERS.secure);
      expect(await countOf(shop, "customer.subscription.created")).toBe(0);
      await shop.sandbox.submit(asked.location ?? "", { answer: "approve" });
      const paid = await shop.stripe.checkout.sessions.retrieve(session.id, {
        expand: ["subscription"],
      });
      expect(paid.subscription).toMatchObject({ status: "active" });
      await shop.days(31);
      expect(await countOf(shop, "invoice.paid")).toBe(2);
    },

    "by bank debit is active before the money is there": async (shop) => {
      const { session, subscription } = await shop.subscribed(NUMBERS.sepa);
      expect(session.payment_status).toBe("unpaid");
      expect(subscription.status).toBe("active");
      expect((await shop.latestInvoice(subscription)).status).toBe("open");
      await shop.sandbox.advance(180);
      expect((await shop.latestInvoice(subscription)).status).toBe("paid");
      expect(await typesAbout(shop, session.id)).toEqual([
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
      ]);
    },

    "by a bank debit that bounces stays active with its invoice void": async (shop) => {
      const { session, subscription } = await shop.subscribed(NUMBERS.sepaBounces);
      await shop.sandbox.advance(180);
      expect((await shop.latestInvoice(subscription)).status).toBe("void");
      expect((await shop.reread(subscription)).status).toBe("active");
      expect(await typesAbout(shop, session.id)).toEqual([
        "checkout.session.completed",
        "checkout.session.async_payment_failed",
      ]);
    },

    "with a coupon for ever is discounted at each renewal": async (shop) => {
      const coupon = await shop.stripe.coupons.create({ percent_off: 50, duration: "forever" });
      const { session, subscription } = await shop.subscribed(NUMBERS.good, {
        discounts: [{ coupon: coupon.id }],
      });
      expect(session.amount_total).toBe(950);
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(950);
    },

    "with a coupon for once is discounted once": async (shop) => {
      const coupon = await shop.stripe.coupons.create({ amount_off: 400, currency: "eur" });
      const { subscription } = await shop.subscribed(NUMBERS.good, {
        discounts: [{ coupon: coupon.id }],
      });
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(1_500);
      await shop.days(31);
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(1_900);
    },

    "with a coupon for two months is discounted twice": async (shop) => {
      const coupon = await shop.stripe.coupons.create({
        percent_off: 10,
        duration: "repeating",
        duration_in_months: 2,
      });
      const { subscription } = await shop.subscribed(NUMBERS.good, {
        discounts: [{ coupon: coupon.id }],
      });
      const paid = [(await shop.latestInvoice(subscription)).amount_paid];
      for (const days of [31, 31]) {
        await shop.days(days);
        paid.push((await shop.latestInvoice(subscription)).amount_paid);
      }
      expect(paid).toEqual([1_710, 1_710, 1_900]);
    },
  });
});

describe("a trial", () => {
  lifeCycles({
    "needs no payment, warns three days before its end, and becomes active": async (shop) => {
      const { session, subscription } = await shop.subscribed(NUMBERS.good, {
        subscription_data: { trial_period_days: 14 },
      });
      expect(session.payment_status).toBe("no_payment_required");
      expect(subscription).toMatchObject({
        status: "trialing",
        trial_end: SANDBOX_START_SECONDS + 14 * DAY,
      });
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(0);
      await shop.days(11);
      expect(await countOf(shop, "customer.subscription.trial_will_end")).toBe(1);
      await shop.days(3);
      expect((await shop.reread(subscription)).status).toBe("active");
      expect((await shop.latestInvoice(subscription)).status).toBe("draft");
      await shop.sandbox.advance(3_600);
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(1_900);
    },

    "without a card pauses at its end, and is resumed with one": async (shop) => {
      const { subscription } = await shop.subscribed("", {
        payment_method_collection: "if_required",
        subscription_data: {
          trial_period_days: 7,
          trial_settings: { end_behavior: { missing_payment_method: "pause" } },
        },
      });
      await shop.days(7);
      expect((await shop.reread(subscription)).status).toBe("paused");
      await shop.days(60);
      expect(await countOf(shop, "invoice.created")).toBe(1);
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_visa",
      });
      const resumed = await shop.stripe.subscriptions.resume(subscription.id);
      expect(resumed.status).toBe("active");
      expect((await shop.latestInvoice(subscription)).status).toBe("paid");
      expect(await countOf(shop, "customer.subscription.resumed")).toBe(1);
    },

    "without a card is canceled at its end": async (shop) => {
      const { subscription } = await shop.subscribed("", {
        payment_method_collection: "if_required",
        subscription_data: {
          trial_period_days: 7,
          trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
        },
      });
      await shop.days(7);
      expect((await shop.reread(subscription)).status).toBe("canceled");
    },

    "without a card goes on and is past due when nothing pays its invoice": async (shop) => {
      const { subscription } = await shop.subscribed("", {
        payment_method_collection: "if_required",
        subscription_data: { trial_period_days: 7 },
      });
      await shop.days(7);
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.sandbox.advance(3_600);
      expect((await shop.reread(subscription)).status).toBe("past_due");
    },

    "with a card that cannot pay later is past due": async (shop) => {
      const { subscription } = await shop.subscribed(NUMBERS.declinedLater, {
        subscription_data: { trial_period_days: 7 },
      });
      await shop.days(8);
      expect((await shop.reread(subscription)).status).toBe("past_due");
    },

    "with a card that asks for 3-D Secure is approved by its buyer": async (shop) => {
      const session = await shop.session({ subscription_data: { trial_period_days: 7 } });
      const asked = await shop.pay(session, NUMBERS.secure);
      expect(asked.location).toContain("/authenticate/seti_");
      await shop.sandbox.submit(asked.location ?? "", { answer: "approve" });
      const done = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(done).toMatchObject({ status: "complete", setup_intent: null });
    },

    "is ended now by the shop": async (shop) => {
      const { subscription } = await shop.subscribed(NUMBERS.good, {
        subscription_data: { trial_period_days: 14 },
      });
      await shop.days(2);
      const ended = await shop.stripe.subscriptions.update(subscription.id, { trial_end: "now" });
      expect(ended.status).toBe("active");
      await shop.sandbox.advance(3_600);
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(1_900);
    },

    "given to an active subscription moves its period's end": async (shop) => {
      const { subscription } = await shop.subscribed();
      const trialEnd = SANDBOX_START_SECONDS + 5 * DAY;
      const trialing = await shop.stripe.subscriptions.update(subscription.id, {
        trial_end: trialEnd,
        proration_behavior: "none",
      });
      expect(trialing).toMatchObject({ status: "trialing", trial_end: trialEnd });
      await shop.days(6);
      expect((await shop.reread(subscription)).status).toBe("active");
    },
  });
});

describe("a subscription made through the API", () => {
  lifeCycles({
    "is incomplete when told about first, then active": async (shop) => {
      const customer = await shop.customer("pm_card_visa");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
        expand: ["latest_invoice.payments"],
      });
      expect(subscription).toMatchObject({ status: "active", latest_invoice: { status: "paid" } });
      expect(await typesAbout(shop, subscription.id)).toEqual([
        "customer.subscription.created",
        "customer.subscription.updated",
      ]);
    },

    "needs something to pay with": async (shop) => {
      const customer = await shop.customer();
      const error = await refusalOf(
        shop.stripe.subscriptions.create({
          customer: customer.id,
          items: [{ price: shop.monthly.id }],
        }),
      );
      expect(error.code).toBe("resource_missing");
      expect(await countOf(shop, "customer.subscription.created")).toBe(0);
    },

    "with a failing card is incomplete, and expires after 23 hours": async (shop) => {
      const customer = await shop.customer("pm_card_chargeCustomerFail");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
      });
      expect(subscription.status).toBe("incomplete");
      await shop.sandbox.advance(23 * 3_600);
      expect((await shop.reread(subscription)).status).toBe("incomplete_expired");
      expect((await shop.latestInvoice(subscription)).status).toBe("void");
      await shop.days(60);
      expect(await countOf(shop, "invoice.created")).toBe(1);
    },

    "with a failing card is paid in time with another": async (shop) => {
      const customer = await shop.customer("pm_card_chargeCustomerFail");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
      });
      await shop.sandbox.advance(22 * 3_600);
      await shop.stripe.invoices.pay(String(subscription.latest_invoice), {
        payment_method: "pm_card_visa",
      });
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.days(2);
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "leaves nothing with error_if_incomplete": async (shop) => {
      const customer = await shop.customer("pm_card_chargeCustomerFail");
      const error = await refusalOf(
        shop.stripe.subscriptions.create({
          customer: customer.id,
          items: [{ price: shop.monthly.id }],
          payment_behavior: "error_if_incomplete",
        }),
      );
      expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
      const all = await shop.stripe.subscriptions.list({ status: "all" });
      expect(all.data).toEqual([]);
    },

    "waits for its payment intent with default_incomplete": async (shop) => {
      const customer = await shop.customer();
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
        payment_behavior: "default_incomplete",
        expand: ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
      });
      expect(subscription.status).toBe("incomplete");
      const invoice = subscription.latest_invoice as unknown as {
        confirmation_secret: { client_secret: string };
        payments: { data: { payment: { payment_intent: string } }[] };
      };
      const intentId = invoice.payments.data[0]?.payment.payment_intent ?? "";
      expect(invoice.confirmation_secret.client_secret).toContain(intentId);
      await shop.stripe.paymentIntents.confirm(intentId, { payment_method: "pm_card_visa" });
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "waits for 3-D Secure of its first payment": async (shop) => {
      const customer = await shop.customer("pm_card_threeDSecure2Required");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id }],
        expand: ["latest_invoice.payments.data.payment.payment_intent"],
      });
      expect(subscription.status).toBe("incomplete");
      const [intent] = (await shop.stripe.paymentIntents.list({ customer: customer.id })).data;
      await shop.sandbox.submit(intent?.next_action?.redirect_to_url?.url ?? "", {
        answer: "approve",
      });
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "with seats bills each": async (shop) => {
      const customer = await shop.customer("pm_card_visa");
      const subscription = await shop.stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: shop.monthly.id, quantity: 5 }, { price: shop.enterprise.id }],
      });
      expect((await shop.latestInvoice(subscription)).amount_paid).toBe(5 * 1_900 + 9_900);
    },
  });
});

describe("renewals", () => {
  lifeCycles({
    "make a draft, then finalize and pay it an hour later": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.sandbox.advance(DECEMBER - SANDBOX_START_SECONDS);
      const renewed = await shop.reread(subscription);
      expect(renewed.items.data[0]).toMatchObject({
        current_period_start: DECEMBER,
        current_period_end: JANUARY,
      });
      const draft = await shop.latestInvoice(subscription);
      expect(draft).toMatchObject({
        status: "draft",
        automatically_finalizes_at: DECEMBER + 3_600,
        billing_reason: "subscription_cycle",
      });
      await shop.sandbox.advance(3_600);
      expect((await shop.latestInvoice(subscription)).status).toBe("paid");
      expect(await typesAbout(shop, draft.id ?? "")).toEqual([
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
      ]);
    },

    "go on for a year in one move, with no request behind them": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.days(366);
      const invoices = await shop.stripe.invoices.list({
        subscription: subscription.id,
        limit: 50,
      });
      expect(invoices.data.map(({ status }) => status)).toEqual(Array(13).fill("paid"));
      const paid = (await shop.sandbox.events()).filter(({ type }) => type === "invoice.paid");
      expect(paid.at(-1)?.request).toEqual({ id: null, idempotency_key: null });
    },

    "of a day in the month that a month does not have fall on its last day": async (shop) => {
      await shop.days(90);
      const { subscription } = await shop.subscribed();
      const ends: string[] = [];
      for (let month = 0; month < 3; month++) {
        const { items } = await shop.reread(subscription);
        const end = items.data[0]?.current_period_end ?? 0;
        ends.push(new Date(end * 1_000).toISOString().slice(0, 10));
        const { now } = await shop.sandbox.control("/clock");
        await shop.sandbox.advance(end - Number(now));
      }
      expect(ends).toEqual(["2027-02-28", "2027-03-30", "2027-04-30"]);
    },

    "that fail are tried again and end in cancellation": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.sandbox.advance(DECEMBER - SANDBOX_START_SECONDS + 3_600);
      expect((await shop.reread(subscription)).status).toBe("past_due");
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        attempt_count: 1,
        next_payment_attempt: DECEMBER + 3_600 + 3 * DAY,
      });
      await shop.days(3 + 5 + 7);
      expect(await shop.reread(subscription)).toMatchObject({
        status: "canceled",
        cancellation_details: { reason: "payment_failed" },
      });
      expect(await countOf(shop, "invoice.payment_failed")).toBe(4);
      const all = await typesAbout(shop, subscription.id);
      expect(all.at(-1)).toBe("customer.subscription.deleted");
    },

    "that fail end unpaid when the account says so, and later invoices stay drafts": async (
      shop,
    ) => {
      await shop.sandbox.control("/settings", { after_last_retry: "unpaid", retry_days: [1] });
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(33);
      expect((await shop.reread(subscription)).status).toBe("unpaid");
      const unpaid = await shop.latestInvoice(subscription);
      await shop.days(31);
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "draft",
        auto_advance: false,
      });
      expect(unpaid.status).toBe("open");
    },

    "that fail stay past due when the account says so": async (shop) => {
      await shop.sandbox.control("/settings", { after_last_retry: "past_due", retry_days: [] });
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(31);
      expect((await shop.reread(subscription)).status).toBe("past_due");
      expect((await shop.latestInvoice(subscription)).next_payment_attempt).toBeNull();
    },

    "that failed are recovered by a new card at the next retry": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(31);
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_visa",
      });
      expect((await shop.reread(subscription)).status).toBe("past_due");
      await shop.days(4);
      expect((await shop.reread(subscription)).status).toBe("active");
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "paid",
        attempt_count: 2,
      });
    },

    "that failed keep their schedule whatever is tried in between": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(31);
      const failed = await shop.latestInvoice(subscription);
      const error = await refusalOf(shop.stripe.invoices.pay(failed.id ?? ""));
      expect(error).toMatchObject({ type: "StripeCardError", code: "card_declined" });
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        attempt_count: 1,
        next_payment_attempt: failed.next_payment_attempt,
      });
      expect(await countOf(shop, "invoice.payment_failed")).toBe(2);
      await shop.stripe.invoices.pay(failed.id ?? "", { payment_method: "pm_card_visa" });
      expect(await shop.latestInvoice(subscription)).toMatchObject({
        status: "paid",
        attempt_count: 1,
      });
    },

    "that failed come back when the invoice is voided or written off": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(31);
      const first = await shop.latestInvoice(subscription);
      await shop.stripe.invoices.markUncollectible(first.id ?? "");
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.days(31);
      expect((await shop.reread(subscription)).status).toBe("past_due");
      await shop.stripe.invoices.voidInvoice((await shop.latestInvoice(subscription)).id ?? "");
      expect((await shop.reread(subscription)).status).toBe("active");
    },

    "by bank debit are active while the money is under way": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_sepa_debit_bounces",
      });
      await shop.sandbox.advance(DECEMBER - SANDBOX_START_SECONDS + 3_600);
      expect((await shop.reread(subscription)).status).toBe("active");
      await shop.sandbox.advance(180);
      expect((await shop.reread(subscription)).status).toBe("past_due");
    },

    "paid out of band count as paid, without a payment": async (shop) => {
      const { subscription } = await shop.subscribed();
      await shop.stripe.subscriptions.update(subscription.id, {
        default_payment_method: "pm_card_chargeCustomerFail",
      });
      await shop.days(31);
      const invoice = await shop.latestInvoice(subscription);
      await shop.stripe.invoices.pay(invoice.id ?? "", { paid_out_of_band: true });
      expect((await shop.reread(subscription)).status).toBe("active");
      expect(await typesAbout(shop, invoice.id ?? "")).not.toContain("invoice.payment_succeeded");
      const twice = await refusalOf(shop.stripe.invoices.pay(invoice.id ?? ""));
      expect(twice.code).toBe("invoice_already_paid");
    },
  });
});
