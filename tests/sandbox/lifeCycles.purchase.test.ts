import { describe, expect } from "vitest";
import { countOf, lifeCycles, refusalOf, typesAbout } from "./lifeCycles.ts";
import { NUMBERS, type Shop, SUCCESS_URL } from "./shop.ts";

async function purchase(shop: Shop) {
  return shop.session({ mode: "payment", line_items: [{ price: shop.once.id, quantity: 2 }] });
}

describe("a one-time purchase", () => {
  lifeCycles({
    "by a good card is paid, and the buyer returns with the session's id": async (shop) => {
      const session = await shop.session({
        mode: "payment",
        line_items: [{ price: shop.once.id, quantity: 2 }],
        client_reference_id: "account-1",
        metadata: { on: "session" },
        payment_intent_data: { metadata: { on: "intent" } },
      });
      expect(session).toMatchObject({
        status: "open",
        payment_status: "unpaid",
        amount_total: 10_000,
        payment_intent: null,
      });
      const answer = await shop.pay(session, NUMBERS.good);
      expect(answer).toMatchObject({
        status: 303,
        location: SUCCESS_URL.replace("{CHECKOUT_SESSION_ID}", session.id),
      });
      const paid = await shop.stripe.checkout.sessions.retrieve(session.id, {
        expand: ["payment_intent.latest_charge", "line_items"],
      });
      expect(paid).toMatchObject({
        status: "complete",
        payment_status: "paid",
        url: null,
        client_reference_id: "account-1",
        metadata: { on: "session" },
        customer: null,
        customer_details: { email: "buyer@example.org", name: "Buyer" },
        payment_intent: {
          status: "succeeded",
          metadata: { on: "intent" },
          latest_charge: { status: "succeeded", amount: 10_000, metadata: { on: "intent" } },
        },
        line_items: { data: [{ quantity: 2, amount_total: 10_000, price: { id: shop.once.id } }] },
      });
      const again = await shop.sandbox.submit(`${shop.sandbox.url}/checkout/${session.id}`, {
        method: NUMBERS.good,
      });
      expect(again).toMatchObject({ status: 200, text: expect.stringContaining("All done") });
      expect((await shop.stripe.charges.list()).data).toHaveLength(1);
    },

    "by a declined card fails and stays open, and a second try pays": async (shop) => {
      const session = await purchase(shop);
      const refused = await shop.pay(session, NUMBERS.declined);
      expect(refused.status).toBe(402);
      expect(refused.text).toContain("Your card was declined.");
      const open = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(open).toMatchObject({
        status: "open",
        payment_status: "unpaid",
        payment_intent: null,
      });
      expect((await shop.pay(session, NUMBERS.good)).status).toBe(303);
      const { payment_intent } = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(await typesAbout(shop, String(payment_intent))).toEqual([
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
      ]);
    },

    "by a card without money says so with its decline code": async (shop) => {
      const session = await purchase(shop);
      const refused = await shop.pay(session, NUMBERS.insufficient);
      expect(refused.text).toContain("insufficient funds");
      const [charge] = (await shop.stripe.charges.list()).data;
      expect(charge).toMatchObject({
        status: "failed",
        failure_code: "card_declined",
        outcome: { reason: "insufficient_funds" },
      });
    },

    "by a card with 3-D Secure is paid when the buyer approves": async (shop) => {
      const session = await purchase(shop);
      const asked = await shop.pay(session, NUMBERS.secure);
      expect(asked.status).toBe(303);
      expect(asked.location).toContain("/authenticate/pi_");
      const answer = await shop.sandbox.submit(asked.location ?? "", { answer: "approve" });
      expect(answer.location).toBe(SUCCESS_URL.replace("{CHECKOUT_SESSION_ID}", session.id));
      const paid = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(paid.payment_status).toBe("paid");
      expect(await typesAbout(shop, String(paid.payment_intent))).toEqual([
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
      ]);
    },

    "by a card with 3-D Secure fails when the buyer declines": async (shop) => {
      const session = await purchase(shop);
      const asked = await shop.pay(session, NUMBERS.secure);
      const refused = await shop.sandbox.submit(asked.location ?? "", { answer: "decline" });
      expect(refused.status).toBe(402);
      expect(refused.text).toContain("unable to authenticate");
      const again = await shop.sandbox.submit(asked.location ?? "", { answer: "approve" });
      expect(again.status).toBe(404);
      expect((await shop.stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
    },

    "by a bank debit is unpaid first and paid three minutes later": async (shop) => {
      const { session } = await shop.bought(NUMBERS.sepa);
      expect(session).toMatchObject({ status: "complete", payment_status: "unpaid" });
      await shop.sandbox.advance(179);
      expect(await countOf(shop, "checkout.session.async_payment_succeeded")).toBe(0);
      await shop.sandbox.advance(1);
      const paid = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(paid.payment_status).toBe("paid");
      expect(await typesAbout(shop, session.id)).toEqual([
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
      ]);
    },

    "by a bank debit that bounces fails later": async (shop) => {
      const { session, intent } = await shop.bought(NUMBERS.sepaBounces);
      await shop.sandbox.advance(180);
      expect(await typesAbout(shop, session.id)).toEqual([
        "checkout.session.completed",
        "checkout.session.async_payment_failed",
      ]);
      const failed = await shop.stripe.paymentIntents.retrieve(intent.id);
      expect(failed.status).toBe("requires_payment_method");
      expect((await shop.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe(
        "unpaid",
      );
    },

    "that nobody makes expires after a day": async (shop) => {
      const session = await purchase(shop);
      await shop.days(1);
      const expired = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(expired).toMatchObject({ status: "expired", url: null, payment_status: "unpaid" });
      expect((await fetch(session.url ?? "")).status).toBe(410);
      expect((await shop.pay(session, NUMBERS.good)).status).toBe(410);
    },

    "that failed once and expires calls its payment off": async (shop) => {
      const session = await purchase(shop);
      await shop.pay(session, NUMBERS.declined);
      await shop.days(1);
      const [intent] = (await shop.stripe.paymentIntents.list()).data;
      expect(intent).toMatchObject({ status: "canceled", cancellation_reason: "expired" });
    },

    "is expired by the shop, and only while it is open": async (shop) => {
      const session = await purchase(shop);
      const listed = await shop.stripe.checkout.sessions.list({ status: "open" });
      expect(listed.data.map(({ id }) => id)).toEqual([session.id]);
      expect((await shop.stripe.checkout.sessions.expire(session.id)).status).toBe("expired");
      const error = await refusalOf(shop.stripe.checkout.sessions.expire(session.id));
      expect(error.message).toContain('Only Checkout Sessions with a status in ["open"]');
    },

    "with a promotion code costs less": async (shop) => {
      const coupon = await shop.stripe.coupons.create({ percent_off: 25, duration: "once" });
      await shop.stripe.promotionCodes.create({
        promotion: { type: "coupon", coupon: coupon.id },
        code: "QUARTER",
      });
      const session = await shop.session({
        mode: "payment",
        line_items: [{ price: shop.once.id, quantity: 1 }],
        allow_promotion_codes: true,
      });
      const wrong = await shop.sandbox.submit(`${session.url}/promotion_code`, {
        promotion_code: "NOPE",
      });
      expect(wrong.text).toContain("This promotion code is not valid.");
      const right = await shop.sandbox.submit(`${session.url}/promotion_code`, {
        promotion_code: "quarter",
      });
      expect(right.text).toContain("€37.50");
      await shop.pay(session, NUMBERS.good);
      const [intent] = (await shop.stripe.paymentIntents.list()).data;
      expect(intent).toMatchObject({ amount: 3_750, status: "succeeded" });
    },

    "over nothing needs no payment": async (shop) => {
      const coupon = await shop.stripe.coupons.create({ percent_off: 100, duration: "once" });
      const session = await shop.session({
        mode: "payment",
        line_items: [{ price: shop.once.id, quantity: 1 }],
        discounts: [{ coupon: coupon.id }],
      });
      expect(session.amount_total).toBe(0);
      await shop.pay(session, "");
      const done = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(done).toMatchObject({
        status: "complete",
        payment_status: "no_payment_required",
        payment_intent: null,
      });
    },

    "with a price given inline makes the price and its product": async (shop) => {
      const session = await shop.session({
        mode: "payment",
        line_items: [
          {
            price_data: {
              currency: "eur",
              unit_amount: 700,
              product_data: { name: "Sticker" },
            },
            quantity: 3,
          },
        ],
        customer_creation: "always",
      });
      await shop.pay(session, NUMBERS.good);
      const done = await shop.stripe.checkout.sessions.retrieve(session.id);
      expect(done.amount_total).toBe(2_100);
      const customer = await shop.stripe.customers.retrieve(String(done.customer));
      expect(customer).toMatchObject({ email: "buyer@example.org", name: "Buyer" });
    },
  });
});

describe("setup mode", () => {
  lifeCycles({
    "saves a card for a customer": async (shop) => {
      const customer = await shop.customer();
      const session = await shop.session({ mode: "setup", customer: customer.id });
      await shop.pay(session, NUMBERS.good);
      const done = await shop.stripe.checkout.sessions.retrieve(session.id, {
        expand: ["setup_intent.payment_method"],
      });
      expect(done).toMatchObject({
        payment_status: "no_payment_required",
        setup_intent: { status: "succeeded", payment_method: { customer: customer.id } },
      });
    },

    "does not save a card that declines, and asks for another": async (shop) => {
      const customer = await shop.customer();
      const session = await shop.session({ mode: "setup", customer: customer.id });
      expect((await shop.pay(session, NUMBERS.declined)).status).toBe(402);
      const asked = await shop.pay(session, NUMBERS.secure);
      await shop.sandbox.submit(asked.location ?? "", { answer: "approve" });
      const methods = await shop.stripe.customers.listPaymentMethods(customer.id);
      expect(methods.data.map(({ card }) => card?.last4)).toEqual(["3220"]);
      expect(await countOf(shop, "setup_intent.setup_failed")).toBe(1);
    },
  });
});

describe("a payment intent without a page", () => {
  lifeCycles({
    "is confirmed at once": async (shop) => {
      const intent = await shop.stripe.paymentIntents.create({
        amount: 500,
        currency: "usd",
        payment_method: "pm_card_visa",
        confirm: true,
        metadata: { order: "1" },
      });
      expect(intent).toMatchObject({ status: "succeeded", amount_received: 500 });
    },

    "is refused with a card error that carries it, then confirmed with another card": async (
      shop,
    ) => {
      const intent = await shop.stripe.paymentIntents.create({ amount: 500, currency: "usd" });
      const error = await refusalOf(
        shop.stripe.paymentIntents.confirm(intent.id, {
          payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds",
        }),
      );
      expect(error).toMatchObject({
        type: "StripeCardError",
        statusCode: 402,
        code: "card_declined",
        decline_code: "insufficient_funds",
        payment_intent: { id: intent.id, status: "requires_payment_method" },
      });
      const paid = await shop.stripe.paymentIntents.confirm(intent.id, {
        payment_method: "pm_card_visa",
      });
      expect(paid.status).toBe("succeeded");
      const late = await refusalOf(shop.stripe.paymentIntents.cancel(intent.id));
      expect(late.code).toBe("payment_intent_unexpected_state");
    },

    "is canceled": async (shop) => {
      const intent = await shop.stripe.paymentIntents.create({ amount: 500, currency: "usd" });
      const canceled = await shop.stripe.paymentIntents.cancel(intent.id, {
        cancellation_reason: "abandoned",
      });
      expect(canceled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
    },

    "sends its buyer to authenticate and back": async (shop) => {
      const intent = await shop.stripe.paymentIntents.create({
        amount: 500,
        currency: "usd",
        payment_method: "pm_card_threeDSecure2Required",
        confirm: true,
        return_url: "https://shop.example/back",
      });
      expect(intent.status).toBe("requires_action");
      const url = intent.next_action?.redirect_to_url?.url ?? "";
      const answer = await shop.sandbox.submit(url, { answer: "approve" });
      expect(answer.location).toBe("https://shop.example/back");
      expect((await shop.stripe.paymentIntents.retrieve(intent.id)).status).toBe("succeeded");
    },
  });
});

describe("money that goes back", () => {
  lifeCycles({
    "all of it": async (shop) => {
      const { intent } = await shop.bought();
      const refund = await shop.stripe.refunds.create({ payment_intent: intent.id });
      expect(refund).toMatchObject({ status: "succeeded", amount: 5_000 });
      const charge = await shop.stripe.charges.retrieve(String(intent.latest_charge), {
        expand: ["refunds"],
      });
      expect(charge).toMatchObject({ refunded: true, amount_refunded: 5_000 });
      expect(charge.refunds?.data.map(({ id }) => id)).toEqual([refund.id]);
      const again = await refusalOf(shop.stripe.refunds.create({ payment_intent: intent.id }));
      expect(again.code).toBe("charge_already_refunded");
    },

    "in two parts": async (shop) => {
      const { intent } = await shop.bought();
      const charge = String(intent.latest_charge);
      await shop.stripe.refunds.create({ charge, amount: 2_000 });
      expect((await shop.stripe.charges.retrieve(charge)).refunded).toBe(false);
      const tooMuch = await refusalOf(shop.stripe.refunds.create({ charge, amount: 3_001 }));
      expect(tooMuch.message).toContain("greater than unrefunded amount");
      await shop.stripe.refunds.create({ charge, amount: 3_000 });
      expect((await shop.stripe.charges.retrieve(charge)).refunded).toBe(true);
      expect(await countOf(shop, "charge.refunded")).toBe(2);
    },

    "a refund that is pending first": async (shop) => {
      const { intent } = await shop.bought(NUMBERS.refundPending);
      const refund = await shop.stripe.refunds.create({ payment_intent: intent.id });
      expect(refund.status).toBe("pending");
      await shop.days(1);
      expect((await shop.stripe.refunds.retrieve(refund.id)).status).toBe("succeeded");
      expect(await typesAbout(shop, refund.id)).toEqual(["refund.created", "refund.updated"]);
    },

    "a refund that fails later brings the money back to the shop": async (shop) => {
      const { intent } = await shop.bought(NUMBERS.refundFails);
      const refund = await shop.stripe.refunds.create({ payment_intent: intent.id });
      expect(refund.status).toBe("succeeded");
      await shop.days(1);
      expect((await shop.stripe.refunds.retrieve(refund.id)).status).toBe("failed");
      const charge = await shop.stripe.charges.retrieve(String(intent.latest_charge));
      expect(charge).toMatchObject({ refunded: false, amount_refunded: 0 });
      expect(await countOf(shop, "refund.failed")).toBe(1);
    },

    "a dispute that the test card opens, answered and won": async (shop) => {
      const { intent } = await shop.bought(NUMBERS.disputed);
      const [dispute] = (await shop.stripe.disputes.list({ payment_intent: intent.id })).data;
      expect(dispute).toMatchObject({ status: "needs_response", reason: "fraudulent" });
      await shop.stripe.disputes.update(String(dispute?.id), {
        evidence: { uncategorized_text: "winning_evidence" },
        submit: true,
      });
      await shop.days(1);
      expect((await shop.stripe.disputes.retrieve(String(dispute?.id))).status).toBe("won");
      expect(await typesAbout(shop, String(dispute?.id))).toEqual([
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
      ]);
    },

    "a dispute answered and lost": async (shop) => {
      const { intent } = await shop.bought(NUMBERS.disputed);
      const [dispute] = (await shop.stripe.disputes.list({ payment_intent: intent.id })).data;
      await shop.stripe.disputes.update(String(dispute?.id), {
        evidence: { uncategorized_text: "losing_evidence" },
      });
      await shop.days(1);
      expect((await shop.stripe.disputes.retrieve(String(dispute?.id))).status).toBe("lost");
      expect(await countOf(shop, "charge.dispute.funds_reinstated")).toBe(0);
    },

    "a dispute opened and closed by the controls": async (shop) => {
      const { intent } = await shop.bought();
      const dispute = await shop.sandbox.control("/disputes", {
        charge: String(intent.latest_charge),
        reason: "product_not_received",
      });
      expect(dispute).toMatchObject({ status: "needs_response", reason: "product_not_received" });
      const lost = await shop.sandbox.control(`/disputes/${dispute["id"]}/close`, {
        status: "lost",
      });
      expect(lost).toMatchObject({ status: "lost" });
      const twice = await shop.sandbox.control(`/disputes/${dispute["id"]}/close`, {
        status: "won",
      });
      expect(twice["error"]).toMatchObject({ type: "invalid_request_error" });
    },
  });
});
