import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  charge,
  checkoutSession,
  customer,
  deliveryOf,
  FIXTURE_SECONDS,
  invoice,
  invoiceLine,
  invoiceParent,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionCheckoutSession,
  subscriptionItem,
  uniqueId,
} from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory());
});
afterAll(async () => await gateway.kill());

let owners = 0;

async function openPlan(): Promise<string> {
  owners += 1;
  return (await gateway.run("plans:open", { ownerId: `owner ${owners}` })) as string;
}

/** Delivers an event; every one is of a second of its own, in the order of the calls. */
let seconds = FIXTURE_SECONDS;
async function deliver(type: string, object: JsonObject, data: JsonObject = {}): Promise<string> {
  seconds += 60;
  const event = stripeEvent(type, object, { created: seconds, ...data });
  const delivery = deliveryOf(event, { timestampSeconds: Math.floor(Date.now() / 1_000) });
  expect((await gateway.deliver(delivery)).status).toBe(200);
  return event["id"] as string;
}

async function plan(planId: string): Promise<JsonObject> {
  return (await gateway.run("plans:get", { planId })) as JsonObject;
}

async function planType(planId: string): Promise<unknown> {
  return (await plan(planId))["planType"];
}

function itemsOf(lookupKey: string): JsonObject {
  return listOf([subscriptionItem({ price: price({ lookup_key: lookupKey }) })]);
}

describe("P7 opening a plan", () => {
  test("gives one plan per owner, unpaid", async () => {
    const planId = await gateway.run("plans:open", { ownerId: "the same" });
    expect(await gateway.run("plans:open", { ownerId: "the same" })).toBe(planId);
    expect(await plan(planId as string)).toMatchObject({
      planType: "free",
      rule: "no_payment",
      version: 0,
    });
  });

  test("refuses an empty owner id with a stable code", async () => {
    await expect(gateway.run("plans:open", { ownerId: " " })).rejects.toMatchObject({
      data: { code: "owner_id_invalid" },
    });
  });
});

describe("P1 a Checkout Session", () => {
  test("that is paid makes the plan it names professional", async () => {
    const planId = await openPlan();
    await deliver("checkout.session.completed", checkoutSession({ client_reference_id: planId }));
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "purchase_paid_price_unknown",
    });
  });

  test("that needs no payment grants as a paid one", async () => {
    const planId = await openPlan();
    const session = checkoutSession({
      metadata: { planId },
      payment_status: "no_payment_required",
    });
    await deliver("checkout.session.completed", session);
    expect(await planType(planId)).toBe("professional");
  });

  test("that is unpaid grants nothing until its delayed payment succeeds", async () => {
    const planId = await openPlan();
    const session = checkoutSession({ client_reference_id: planId, payment_status: "unpaid" });
    await deliver("checkout.session.completed", session);
    expect(await planType(planId)).toBe("free");
    await deliver("checkout.session.async_payment_succeeded", {
      ...session,
      payment_status: "paid",
    });
    expect(await planType(planId)).toBe("professional");
  });

  test("whose delayed payment fails grants nothing, whichever event comes first", async () => {
    const planId = await openPlan();
    const session = checkoutSession({ client_reference_id: planId, payment_status: "unpaid" });
    await deliver("checkout.session.async_payment_failed", session);
    await deliver("checkout.session.completed", session);
    expect(await plan(planId)).toMatchObject({ planType: "free", rule: "checkout_payment_failed" });
  });

  test("of a subscription stands in until the subscription is known, which then decides", async () => {
    const planId = await openPlan();
    const session = subscriptionCheckoutSession({ client_reference_id: planId });
    await deliver("checkout.session.completed", session);
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "checkout_session_stands_in",
    });
    const { subscription: id, customer: customerId } = session;
    await deliver(
      "customer.subscription.created",
      subscription({ id, customer: customerId, items: itemsOf("enterprise_yearly") }),
    );
    expect(await plan(planId)).toMatchObject({
      planType: "enterprise",
      rule: "subscription_active",
    });
  });
});

describe("P2 a subscription", () => {
  test.each([
    ["active", "professional"],
    ["trialing", "professional"],
    ["past_due", "professional"],
    ["unpaid", "free"],
    ["paused", "free"],
    ["incomplete", "free"],
    ["incomplete_expired", "free"],
    ["canceled", "free"],
    ["a_status_of_the_future", "free"],
  ])("that is %s makes the plan %s", async (status, expected) => {
    const planId = await openPlan();
    const object = subscription({
      status,
      metadata: { planId },
      items: itemsOf("professional_yearly"),
    });
    await deliver("customer.subscription.updated", object);
    expect(await planType(planId)).toBe(expected);
  });

  test("with a price that the catalog does not know grants nothing and says so", async () => {
    const planId = await openPlan();
    await deliver("customer.subscription.created", subscription({ metadata: { planId } }));
    expect(await plan(planId)).toMatchObject({
      planType: "free",
      rule: "subscription_price_unrecognised",
    });
  });

  test("O3 that ended is not brought back by an older event that comes late", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    await deliver("customer.subscription.created", object);
    await deliver("customer.subscription.deleted", {
      ...object,
      status: "canceled",
      ended_at: seconds,
    });
    await deliver("customer.subscription.updated", object, { created: seconds - 3_600 });
    expect(await plan(planId)).toMatchObject({ planType: "free", rule: "subscription_canceled" });
  });

  test("O3 that ended first and was created last stays ended", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    await deliver("customer.subscription.deleted", { ...object, status: "canceled" });
    await deliver("customer.subscription.created", object, { created: seconds - 3_600 });
    expect(await planType(planId)).toBe("free");
  });

  test("does not take the plan with it when another one is still paid", async () => {
    const planId = await openPlan();
    const old = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    const current = subscription({ metadata: { planId }, items: itemsOf("professional_yearly") });
    await deliver("customer.subscription.created", old);
    await deliver("customer.subscription.created", current);
    expect((await plan(planId))["liveSubscriptionIds"]).toHaveLength(2);
    await deliver("customer.subscription.deleted", { ...old, status: "canceled" });
    expect(await planType(planId)).toBe("professional");
  });

  test("O3 ends with its customer", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    await deliver("customer.subscription.created", object);
    await deliver("customer.deleted", customer({ id: object["customer"] }));
    expect(await plan(planId)).toMatchObject({ planType: "free", rule: "customer_deleted" });
  });
});

describe("P3 an invoice", () => {
  test("that is paid stands in for its unknown subscription", async () => {
    const planId = await openPlan();
    const id = uniqueId("sub");
    const line = invoiceLine({
      pricing: null,
      price: price({ lookup_key: "professional_monthly" }),
    });
    await deliver(
      "invoice.paid",
      invoice({ parent: invoiceParent(id, { planId }), lines: listOf([line]) }),
    );
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "invoice_stands_in",
    });
  });

  test("whose payment failed leaves the decision to the subscription", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    await deliver("customer.subscription.created", object);
    const failed = invoice({ parent: invoiceParent(object["id"] as string), status: "open" });
    await deliver("invoice.payment_failed", failed);
    expect(await planType(planId)).toBe("professional");
    await deliver("customer.subscription.updated", { ...object, status: "unpaid" });
    expect(await planType(planId)).toBe("free");
  });
});

describe("P4 a refund", () => {
  test("of everything ends a purchase, of a part does not, in either order of arrival", async () => {
    for (const refundFirst of [true, false]) {
      const planId = await openPlan();
      const session = checkoutSession({ client_reference_id: planId });
      const refunded = charge({
        payment_intent: session["payment_intent"],
        customer: session["customer"],
      });
      const deliveries = [
        () => deliver("checkout.session.completed", session),
        () => deliver("charge.refunded", { ...refunded, amount_refunded: 1_900, refunded: true }),
      ];
      for (const each of refundFirst ? deliveries.toReversed() : deliveries) {
        await each();
      }
      expect(await plan(planId)).toMatchObject({ planType: "free", rule: "purchase_refunded" });
    }
    const planId = await openPlan();
    const session = checkoutSession({ client_reference_id: planId });
    await deliver("checkout.session.completed", session);
    await deliver(
      "charge.refunded",
      charge({ payment_intent: session["payment_intent"], amount_refunded: 900 }),
    );
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "purchase_partially_refunded",
    });
  });

  test("of a subscription's charge does not end the subscription", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    await deliver("customer.subscription.created", object);
    await deliver(
      "charge.refunded",
      charge({ customer: object["customer"], amount_refunded: 1_900, refunded: true }),
    );
    expect(await planType(planId)).toBe("professional");
  });
});

describe("P6 linking", () => {
  test("keeps what belongs to no plan yet and applies it when the link arrives", async () => {
    const planId = await openPlan();
    const object = subscription({ items: itemsOf("professional_monthly") });
    const early = await deliver("customer.subscription.created", object);
    const row = async () =>
      (await ledgerOf(gateway)).find(({ stripeEventId }) => stripeEventId === early);
    expect(await row()).toMatchObject({ status: "unlinked", planId: null });
    const session = subscriptionCheckoutSession({
      client_reference_id: planId,
      customer: object["customer"],
      subscription: object["id"],
    });
    await deliver("checkout.session.completed", session);
    expect(await plan(planId)).toMatchObject({
      planType: "professional",
      rule: "subscription_active",
    });
    expect(await row()).toMatchObject({ status: "applied", planId });
  });

  test("goes by the stored customer once the customer is known, as renewals name nothing else", async () => {
    const planId = await openPlan();
    const session = checkoutSession({ client_reference_id: planId });
    await deliver("checkout.session.completed", session);
    const object = subscription({
      customer: session["customer"],
      items: itemsOf("enterprise_monthly"),
    });
    await deliver("customer.subscription.created", object);
    expect(await planType(planId)).toBe("enterprise");
  });

  test("goes by the metadata of the payment intent", async () => {
    const planId = await openPlan();
    const session = checkoutSession({ customer: null });
    await deliver("checkout.session.completed", session);
    expect(await planType(planId)).toBe("free");
    const paymentIntent = {
      id: session["payment_intent"],
      object: "payment_intent",
      metadata: { planId },
    };
    await deliver("payment_intent.succeeded", paymentIntent);
    expect(await planType(planId)).toBe("professional");
  });

  test("never goes by e-mail, nor by an id that names no plan", async () => {
    const planId = await openPlan();
    await deliver(
      "checkout.session.completed",
      checkoutSession({ client_reference_id: "somebody" }),
    );
    await deliver(
      "checkout.session.completed",
      checkoutSession({
        client_reference_id: planId,
        customer_details: { email: "x@example.org" },
      }),
    );
    const other = await openPlan();
    await deliver(
      "checkout.session.completed",
      checkoutSession({ customer_details: { email: "x@example.org" } }),
    );
    expect(await planType(other)).toBe("free");
  });
});

describe("V6 plans:markPlanAsProfessional", () => {
  async function refused(planId: string, eventId: string): Promise<unknown> {
    const error = await gateway.run("plans:markPlanAsProfessional", { planId, eventId }).then(
      () => null,
      (thrown: { data: { code: string } }) => thrown,
    );
    return error?.data?.code ?? null;
  }

  test("works with the verified event that pays for the plan, by either of its ids", async () => {
    const planId = await openPlan();
    const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
    const eventId = await deliver("customer.subscription.created", object);
    expect(await gateway.run("plans:markPlanAsProfessional", { planId, eventId })).toBeNull();
    const row = (await ledgerOf(gateway)).find(({ stripeEventId }) => stripeEventId === eventId);
    expect(
      await gateway.run("plans:markPlanAsProfessional", { planId, eventId: row?._id }),
    ).toBeNull();
    expect(await gateway.run("plans:changes", { planId })).toHaveLength(1);
  });

  test("refuses everything else with a stable code and changes nothing", async () => {
    const planId = await openPlan();
    const other = await openPlan();
    const object = subscription({
      metadata: { planId: other },
      items: itemsOf("professional_monthly"),
    });
    const paying = await deliver("customer.subscription.created", object);
    const ended = await deliver("customer.subscription.deleted", { ...object, status: "canceled" });
    const recorded = await deliver("charge.updated", charge());
    expect(await refused(planId, "evt_never_seen")).toBe("event_not_found");
    expect(await refused(planId, recorded)).toBe("event_not_applied");
    expect(await refused(planId, paying)).toBe("event_for_another_plan");
    expect(await refused(other, ended)).toBe("event_does_not_pay");
    expect(await refused(other, paying)).toBe("event_superseded");
    expect(await planType(planId)).toBe("free");
    expect(await planType(other)).toBe("free");
  });
});

test("V4 no operator can write into the ledger what Stripe did not sign", async () => {
  const planId = await openPlan();
  const object = subscription({ metadata: { planId }, items: itemsOf("professional_monthly") });
  const forged = deliveryOf(stripeEvent("customer.subscription.created", object), {
    secret: "whsec_somebodyElses0123456789",
    timestampSeconds: Math.floor(Date.now() / 1_000),
  });
  for (const path of ["events:ingest", "events:keepFailed"]) {
    const args = path === "events:keepFailed" ? { ...forged, reason: "x" } : forged;
    await expect(gateway.run(path, args)).rejects.toMatchObject({
      data: { code: "signature_not_verified" },
    });
  }
  expect(await planType(planId)).toBe("free");
});
