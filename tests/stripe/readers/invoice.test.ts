import { describe, expect, test } from "vitest";
import { readInvoice } from "../../../src/stripe/readers/invoice.ts";
import type { InvoiceSnapshot } from "../../../src/stripe/snapshots.ts";
import {
  FIXTURE_SECONDS,
  invoice,
  invoiceLine,
  invoiceParent,
  type JsonObject,
  listOf,
  MONTH_SECONDS,
  price,
} from "../../fixtures/stripe.ts";
import { invoice2014, invoice2022, plan } from "../../fixtures/stripeOldShapes.ts";

describe("an invoice", () => {
  test("of the current shape is read by its parent and its lines' pricing", () => {
    const line = invoiceLine({
      pricing: {
        price_details: { price: "price_1", product: "prod_1" },
        type: "price_details",
      },
    });
    const object = invoice({
      id: "in_1",
      customer: "cus_1",
      lines: listOf([line, line]),
      parent: invoiceParent("sub_1", { planId: "plan_1" }),
      attempt_count: 2,
    });
    expect(readInvoice(object)).toEqual({
      id: "in_1",
      customerId: "cus_1",
      subscriptionId: "sub_1",
      status: "paid",
      attemptCount: 2,
      createdSeconds: FIXTURE_SECONDS,
      periodEndSeconds: FIXTURE_SECONDS + MONTH_SECONDS,
      prices: [{ priceId: "price_1", lookupKey: null, productId: "prod_1" }],
      planIdClaim: "plan_1",
    } satisfies InvoiceSnapshot);
  });

  test("of 2022 is read by its own subscription and its lines' prices", () => {
    const sold = price({ id: "price_1", lookup_key: "pro", product: "prod_1" });
    const object = invoice2022({
      lines: listOf([{ id: "il_1", price: sold, plan: plan() }]),
      subscription: { id: "sub_1", object: "subscription" },
      subscription_details: { metadata: { planId: "plan_1" } },
    });
    expect(readInvoice(object)).toMatchObject({
      subscriptionId: "sub_1",
      prices: [{ priceId: "price_1", lookupKey: "pro", productId: "prod_1" }],
      planIdClaim: "plan_1",
    });
  });

  test("of 2014 is read by its lines' plans and without a claim", () => {
    const line = {
      id: "sub_1",
      plan: plan({ id: "gold", product: undefined }),
      type: "subscription",
    };
    const object = invoice2014({
      lines: listOf([line]),
      metadata: { planId: "of the invoice itself" },
      subscription: "sub_1",
    });
    expect(readInvoice(object)).toMatchObject({
      subscriptionId: "sub_1",
      status: "paid",
      prices: [{ priceId: "gold", lookupKey: null, productId: null }],
      planIdClaim: null,
    });
  });

  test("of 2012 is read by the lines that it kept apart for subscriptions", () => {
    const line = { id: "su_1", plan: plan({ id: "gold", product: null }), type: "subscription" };
    const lines = { invoiceitems: [], prorations: [], subscriptions: [line] };
    expect(readInvoice(invoice2014({ lines, subscription: undefined }))).toMatchObject({
      subscriptionId: "su_1",
      prices: [{ priceId: "gold", lookupKey: null, productId: null }],
    });
  });

  test.each<[string, JsonObject, string | null]>([
    [
      "its parent before all else",
      { subscription: "sub_old", parent: invoiceParent("sub_1") },
      "sub_1",
    ],
    [
      "the first line that has one",
      {
        parent: null,
        lines: listOf([
          invoiceLine(),
          invoiceLine({
            parent: { subscription_item_details: { subscription: "sub_1" } },
          }),
        ]),
      },
      "sub_1",
    ],
    [
      "a line of before basil",
      { parent: null, lines: listOf([{ id: "il_1", subscription: "sub_1" }]) },
      "sub_1",
    ],
    [
      "the id of a line of before 2019-12-03",
      { parent: null, lines: listOf([{ id: "su_1", type: "subscription" }]) },
      "su_1",
    ],
    [
      "no other line's id",
      {
        parent: null,
        lines: listOf([
          { id: "sli_1", type: "subscription" },
          { id: "sub_1", type: "invoiceitem" },
        ]),
      },
      null,
    ],
    ["nothing, if it was made by hand", { parent: null, lines: listOf([invoiceLine()]) }, null],
  ])("takes its subscription from %s", (_, overrides, expected) => {
    expect(readInvoice(invoice(overrides)).subscriptionId).toBe(expected);
  });

  test("has the statuses that Stripe knows", () => {
    for (const status of ["draft", "open", "paid", "uncollectible", "void"]) {
      expect(readInvoice(invoice({ status })).status).toBe(status);
    }
    expect(readInvoice(invoice({ status: "void", paid: true })).status).toBe("void");
    expect(readInvoice(invoice({ status: "deleted" })).status).toBe("void");
  });

  test.each([
    [{ paid: true, closed: true }, "paid"],
    [{ paid: true, forgiven: true }, "paid"],
    [{ paid: false, forgiven: true, closed: true }, "uncollectible"],
    [{ paid: false, closed: true, attempted: false }, "open"],
    [{ paid: false, closed: false, attempted: true }, "open"],
    [{ paid: false, closed: false, attempted: false }, "draft"],
    [{ paid: undefined, closed: undefined, attempted: undefined }, "draft"],
    [{ paid: "true", closed: false, attempted: false }, "draft"],
  ])("of before 2018-11-08 with %j has the status %s", (overrides, status) => {
    expect(readInvoice(invoice2014(overrides)).status).toBe(status);
  });

  test("that is only coming up has no id", () => {
    const upcoming = invoice({ id: undefined, status: "draft", attempt_count: 0 });
    expect(readInvoice(upcoming)).toMatchObject({ id: null, status: "draft", attemptCount: 0 });
  });

  test("with odd values in lesser fields reads them as nothing said", () => {
    const odd = invoice({ attempt_count: "2", customer: [], lines: "none", parent: "sub_1" });
    expect(readInvoice(odd)).toMatchObject({
      attemptCount: 0,
      customerId: null,
      prices: [],
      subscriptionId: null,
    });
  });

  test("is unreadable with a status newer than this code", () => {
    for (const status of ["refinanced", 1, {}]) {
      expect(() => readInvoice(invoice({ status }))).toThrow(
        expect.objectContaining({ code: "object_unreadable", field: "invoice.status" }),
      );
    }
  });
});
