import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEvent } from "../../../src/stripe/event.ts";
import { type EventLinks, readLinks } from "../../../src/stripe/readers/links.ts";
import {
  charge,
  checkoutSession,
  customer,
  invoice,
  invoiceParent,
  type JsonObject,
  stripeEvent,
  subscription,
  subscriptionCheckoutSession,
} from "../../fixtures/stripe.ts";
import { invoice2014, invoice2022 } from "../../fixtures/stripeOldShapes.ts";

const PLAN = { planId: "plan_1" };
const NOTHING: EventLinks = {
  planIdClaims: [],
  customerId: null,
  subscriptionId: null,
  paymentIntentId: null,
  sessionId: null,
};

describe("the links of an event", () => {
  test.each<[string, JsonObject, Partial<EventLinks>]>([
    [
      "a Checkout Session in payment mode",
      checkoutSession({
        id: "cs_1",
        customer: "cus_1",
        payment_intent: "pi_1",
        client_reference_id: "plan_2",
        metadata: PLAN,
      }),
      {
        planIdClaims: ["plan_2", "plan_1"],
        sessionId: "cs_1",
        customerId: "cus_1",
        paymentIntentId: "pi_1",
      },
    ],
    [
      "a Checkout Session in subscription mode",
      subscriptionCheckoutSession({
        id: "cs_1",
        customer: { id: "cus_1" },
        subscription: "sub_1",
        invoice: "in_1",
      }),
      { sessionId: "cs_1", customerId: "cus_1", subscriptionId: "sub_1" },
    ],
    [
      "a subscription",
      subscription({ id: "sub_1", customer: "cus_1", metadata: PLAN }),
      { planIdClaims: ["plan_1"], subscriptionId: "sub_1", customerId: "cus_1" },
    ],
    [
      "an invoice",
      invoice({ id: "in_1", customer: "cus_1", parent: invoiceParent("sub_1", PLAN) }),
      {
        planIdClaims: ["plan_1"],
        subscriptionId: "sub_1",
        customerId: "cus_1",
      },
    ],
    [
      "an invoice of 2022",
      invoice2022({
        id: "in_1",
        customer: "cus_1",
        subscription: "sub_1",
        subscription_details: { metadata: PLAN },
        payment_intent: "pi_1",
        charge: "ch_1",
      }),
      {
        planIdClaims: ["plan_1"],
        subscriptionId: "sub_1",
        customerId: "cus_1",
        paymentIntentId: "pi_1",
      },
    ],
    [
      "an invoice of 2014, whose own metadata is nobody's claim",
      invoice2014({ id: "in_1", customer: "cus_1", subscription: "sub_1", metadata: PLAN }),
      { subscriptionId: "sub_1", customerId: "cus_1" },
    ],
    [
      "a payment intent",
      { id: "pi_1", object: "payment_intent", customer: "cus_1", metadata: PLAN },
      { planIdClaims: ["plan_1"], paymentIntentId: "pi_1", customerId: "cus_1" },
    ],
    [
      "a charge",
      charge({ id: "ch_1", customer: "cus_1", payment_intent: "pi_1", metadata: PLAN }),
      {
        planIdClaims: ["plan_1"],
        paymentIntentId: "pi_1",
        customerId: "cus_1",
      },
    ],
    [
      "a dispute",
      { id: "du_1", object: "dispute", charge: "ch_1", payment_intent: "pi_1", metadata: PLAN },
      { paymentIntentId: "pi_1" },
    ],
    [
      "a payment of an invoice",
      {
        id: "inpay_1",
        object: "invoice_payment",
        invoice: "in_1",
        payment: { payment_intent: "pi_1", type: "payment_intent" },
      },
      { paymentIntentId: "pi_1" },
    ],
    [
      "a customer, whose metadata is nobody's claim",
      customer({ id: "cus_1", metadata: PLAN }),
      { customerId: "cus_1" },
    ],
    [
      "a card of a customer",
      { id: "card_1", object: "card", customer: "cus_1", metadata: PLAN },
      { customerId: "cus_1" },
    ],
    [
      "a summary of entitlements",
      { object: "entitlements.active_entitlement_summary", customer: "cus_1" },
      { customerId: "cus_1" },
    ],
    ["an object that says nothing", {}, {}],
  ])("about %s", (_, object, expected) => {
    expect(linksOf(object)).toEqual({ ...NOTHING, ...expected });
  });

  test("have no claim that is longer than Stripe allows, empty or no text", () => {
    const session = (client_reference_id: unknown, planId: unknown) =>
      linksOf(checkoutSession({ client_reference_id, metadata: { planId } })).planIdClaims;
    expect(session("r".repeat(200), "m".repeat(500))).toHaveLength(2);
    expect(session("r".repeat(201), "m".repeat(501))).toEqual([]);
    expect(session("", "")).toEqual([]);
    expect(session(7, ["plan_1"])).toEqual([]);
  });

  test("never come from an e-mail address", () => {
    const email = "plan_1";
    const session = checkoutSession({ customer_email: email, customer_details: { email } });
    expect(JSON.stringify(linksOf(session))).not.toContain(email);
  });

  test("are read from any object without failing", () => {
    const fields = fc.constantFrom(
      ...["id", "customer", "subscription", "parent", "lines", "metadata", "payment"],
      ...["payment_intent", "invoice", "charge", "client_reference_id", "subscription_details"],
    );
    const types = ["subscription", "invoice", "charge", "checkout.session", "customer", "x"];
    const object = fc.tuple(fc.constantFrom(...types), fc.dictionary(fields, fc.jsonValue()));
    fc.assert(
      fc.property(object, ([type, oddFields]) => {
        const links = linksOf({ ...oddFields, object: type });
        expect(Object.keys(links).sort()).toEqual(Object.keys(NOTHING).sort());
      }),
      { seed: 20_261_101, numRuns: 500 },
    );
  });
});

function linksOf(object: JsonObject): EventLinks {
  return readLinks(readEvent(JSON.stringify(stripeEvent("a.type", object))));
}
