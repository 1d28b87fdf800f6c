import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultCatalog, validCatalog } from "../../src/internal/model/catalog.ts";
import { offer, validOffers } from "../../src/internal/model/checkoutOffer.ts";
import { NUMBERS } from "../sandbox/shop.ts";
import { type OwnShop, openOwnShop } from "./ownShop.ts";

const catalog = validCatalog({
  ...defaultCatalog,
  entries: [...defaultCatalog.entries, { planType: "professional", lookupKeys: ["lifetime"] }],
});
const trial = {
  days: 14,
  paymentMethodCollection: "if_required",
  missingPaymentMethod: "cancel",
} as const;
const OFFERS = validOffers(
  [
    offer("professional", "month", "professional_monthly", {
      trial,
      promotionCodes: false,
      automaticTax: true,
    }),
    offer("professional", "year", "professional_yearly", {
      trial: { days: 7, paymentMethodCollection: "always", missingPaymentMethod: "pause" },
    }),
    offer("professional", "once", "lifetime", {
      seats: { min: 1, max: 1, isAdjustable: false },
    }),
    offer("enterprise", "month", "enterprise_monthly", {
      seats: { min: 5, max: 50, isAdjustable: true },
    }),
  ],
  catalog,
);

let house: OwnShop;
beforeAll(async () => {
  house = await openOwnShop(OFFERS);
});
afterAll(async () => await house.close());

async function sold(
  ownerId: string,
  request: object,
): Promise<{ session: Stripe.Checkout.Session; url: string }> {
  const { sessionId, url } = await house.sell(ownerId, request);
  const session = await house.sandbox.stripe.checkout.sessions.retrieve(String(sessionId), {
    expand: ["line_items"],
  });
  return { session, url };
}

test("K5 a trial without a card is on the session, the subscription and the plan, once for an owner", async () => {
  const { session, url } = await sold("ann", { plan: "professional" });
  expect(session).toMatchObject({
    mode: "subscription",
    payment_method_collection: "if_required",
    allow_promotion_codes: false,
    automatic_tax: { enabled: true },
  });
  expect((await house.sandbox.submit(url, {})).status).toBe(303);
  expect(await house.plan("ann")).toMatchObject({ planType: "professional" });
  const customer = String(session.customer);
  const { data } = await house.sandbox.stripe.subscriptions.list({ customer });
  const [subscription] = data;
  expect(subscription).toMatchObject({
    status: "trialing",
    metadata: { planId: session.client_reference_id },
    trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
  });
  await house.sandbox.stripe.subscriptions.cancel(String(subscription?.id));
  expect(await house.plan("ann")).toMatchObject({ planType: "free" });
  const again = await sold("ann", { plan: "professional" });
  expect(again.session.payment_method_collection).toBe("always");
  await house.sandbox.submit(again.url, { method: NUMBERS.good });
  const { data: second } = await house.sandbox.stripe.subscriptions.list({ customer });
  expect(second).toMatchObject([{ status: "active" }]);
});

test("K5 a trial with a card asks for the card", async () => {
  const { session, url } = await sold("bea", { plan: "professional", interval: "year" });
  expect(session).toMatchObject({
    payment_method_collection: "always",
    allow_promotion_codes: true,
  });
  await house.sandbox.submit(url, { method: NUMBERS.good });
  expect(await house.plan("bea")).toMatchObject({ rule: "subscription_trialing" });
});

test("K5 K2 a purchase for good is paid once, and not sold twice", async () => {
  const { session, url } = await sold("carl", { plan: "professional", interval: "once" });
  expect(session).toMatchObject({ mode: "payment" });
  await house.sandbox.submit(url, { method: NUMBERS.good });
  expect(await house.plan("carl")).toMatchObject({ planType: "professional" });
  const paid = await house.sandbox.stripe.checkout.sessions.retrieve(session.id);
  const intent = await house.sandbox.stripe.paymentIntents.retrieve(String(paid.payment_intent));
  expect(intent.metadata).toEqual({ planId: session.client_reference_id });
  await expect(house.sell("carl", { plan: "professional" })).rejects.toThrow("already_bought");
  expect(await house.sell("carl", { plan: "enterprise" })).toMatchObject({
    url: expect.stringContaining("/checkout/"),
  });
});

test("K2 a one-time payment that is under way, or whose event is late, is not sold twice", async () => {
  const { url } = await sold("dora", { plan: "professional", interval: "once" });
  await house.sandbox.settled();
  await house.sandbox.control("/faults", { kind: "drop", count: 100 });
  await house.sandbox.submit(url, { method: NUMBERS.good });
  await expect(house.sell("dora", { plan: "professional" })).rejects.toThrow("payment_pending");
  const faults = (await house.sandbox.control("/faults")) as { data?: unknown };
  expect(JSON.stringify(faults)).toContain("drop");
  await fetch(`${house.sandbox.url}/sandbox/faults`, { method: "DELETE" });

  const slow = await sold("emil", { plan: "professional", interval: "once" });
  await house.sandbox.submit(slow.url, { method: NUMBERS.sepa });
  expect(await house.plan("emil")).toMatchObject({ rule: "checkout_unpaid" });
  await expect(house.sell("emil", { plan: "professional" })).rejects.toThrow("payment_pending");
});

test("K5 seats have their bounds, and the buyer may change them where the offer says so", async () => {
  const { session, url } = await sold("fritz", { plan: "enterprise" });
  expect(session.line_items?.data[0]).toMatchObject({
    quantity: 5,
    adjustable_quantity: { enabled: true, minimum: 5, maximum: 50 },
  });
  const item = String(session.line_items?.data[0]?.id);
  const choose = (quantity: string) => house.sandbox.submit(`${url}/quantity`, { item, quantity });
  for (const quantity of ["4", "51", "7.5", "", "-7"]) {
    const refused = await choose(quantity);
    expect([refused.status, refused.text]).toEqual([
      402,
      expect.stringContaining("Choose a quantity from 5 to 50."),
    ]);
  }
  expect((await choose("7")).status).toBe(200);
  await house.sandbox.submit(url, { method: NUMBERS.good });
  expect(await house.plan("fritz")).toMatchObject({ planType: "enterprise", seats: 7 });
  for (const seats of [4, 51, 5.5, Number.NaN]) {
    await expect(house.sell("gina", { plan: "enterprise", seats })).rejects.toThrow(
      "seats_invalid",
    );
  }
});

test("K2 a subscription of another customer that is linked to the plan is not bought again", async () => {
  const { _id } = await house.plan("hans");
  const { subscription } = await house.shop.subscribed(NUMBERS.good, {
    client_reference_id: _id,
  });
  expect(await house.plan("hans")).toMatchObject({ planType: "professional" });
  const before = house.proxy.requests.length;
  await expect(house.sell("hans", { plan: "enterprise" })).rejects.toThrow("subscription_exists");
  expect(house.proxy.requests).toHaveLength(before);
  await house.sandbox.stripe.subscriptions.cancel(subscription.id);
  await house.plan("hans");
  expect(await house.sell("hans", { plan: "enterprise" })).toMatchObject({
    sessionId: expect.stringContaining("cs_"),
  });
});

test("K4 a price that is paid otherwise than the offer says is not sold", async () => {
  const other = await openOwnShop([
    offer("professional", "year", "professional_monthly"),
    offer("professional", "once", "professional_yearly"),
  ]);
  for (const lookupKey of ["professional_monthly", "professional_yearly"]) {
    await expect(other.sell("ida", { lookupKey })).rejects.toThrow("price_mismatch");
  }
  await other.close();
});
