import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  SANDBOX_START_SECONDS,
  startTestSandbox,
  type TestSandbox,
} from "../support/sandboxServer.ts";
import { openShop, type Shop } from "./shop.ts";

/** What the table of docs/sandbox.md says is refused: the code by what is not imitated. */
const DOCUMENTED = new Map(
  readFileSync(join(import.meta.dirname, "../../docs/sandbox.md"), "utf8")
    .split("\n## ")
    .filter((section) => section.startsWith("What it does not do"))
    .flatMap((section) => [...section.matchAll(/^\| ([^|]+) \| `(\w+)` \| [^|]+ \|$/gm)])
    .map(([, what = "", code = ""]) => [what, code]),
);

/** Something to ask for that is not imitated. */
interface Asked {
  method?: "GET" | "POST";
  path: string;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
  /** The parameter that the refusal names. */
  param?: string;
}

const ASKED: Record<string, () => Asked | Promise<Asked>> = {
  "one-time items beside a subscription": () =>
    session(
      { "line_items[1][price]": shop.once.id, "line_items[1][quantity]": "1" },
      "line_items[1][price]",
    ),
  "items of several intervals or currencies in a subscription": () =>
    session({ "line_items[1][price]": shop.yearly.id, "line_items[1][quantity]": "1" }, "items"),
  "metered prices": () =>
    price(
      { "recurring[interval]": "month", "recurring[usage_type]": "metered" },
      "recurring[usage_type]",
    ),
  "tiered prices": () => price({ billing_scheme: "tiered" }, "billing_scheme"),
  "usage meters": () => ({ path: "/v1/billing/meters", fields: { event_name: "calls" } }),
  "invoices that are sent": () =>
    subscription({ collection_method: "send_invoice" }, "collection_method"),
  "updates that wait for their payment": async () => ({
    path: `/v1/subscriptions/${(await shop.subscribed()).subscription.id}`,
    fields: { payment_behavior: "pending_if_incomplete" },
    param: "payment_behavior",
  }),
  "invoices without a subscription": () => ({ path: "/v1/invoices", fields: { customer } }),
  "invoice items": () => ({ path: "/v1/invoiceitems", fields: { customer, amount: "100" } }),
  "previews of invoices": () => ({ path: "/v1/invoices/create_preview", fields: { customer } }),
  "subscription items one by one": () => ({
    path: "/v1/subscription_items",
    fields: { price: shop.monthly.id },
  }),
  "a trial for a subscription that was never paid": async () => {
    const { id } = await shop.stripe.subscriptions.create({
      customer,
      items: [{ price: shop.monthly.id }],
      payment_behavior: "default_incomplete",
    });
    const trial_end = String(SANDBOX_START_SECONDS + 30 * 24 * 3_600);
    return { path: `/v1/subscriptions/${id}`, fields: { trial_end }, param: "trial_end" };
  },
  "subscription schedules": () => ({ path: "/v1/subscription_schedules", fields: { customer } }),
  quotes: () => ({ path: "/v1/quotes", fields: { customer } }),
  "credit notes": () => ({ path: "/v1/credit_notes", fields: { invoice: "in_1" } }),
  "payment links": () => ({
    path: "/v1/payment_links",
    fields: { "line_items[0][price]": shop.monthly.id },
  }),
  "embedded pages": () => session({ ui_mode: "embedded_page" }, "ui_mode"),
  "addresses, telephone and tax numbers on the page": () =>
    session({ billing_address_collection: "required" }, "billing_address_collection"),
  "fields and texts of the shop on the page": () =>
    session({ "custom_text[submit][message]": "Thank you" }, "custom_text"),
  "tax rates": () => ({ path: "/v1/tax_rates", fields: { percentage: "19" } }),
  "portal configurations": () => ({ path: "/v1/billing_portal/configurations", fields: {} }),
  "portal flows": () => ({
    path: "/v1/billing_portal/sessions",
    fields: { customer, "flow_data[type]": "subscription_cancel" },
    param: "flow_data",
  }),
  search: () => ({ method: "GET", path: "/v1/customers/search?query=email" }),
  "connected accounts": () => ({
    path: "/v1/customers",
    fields: {},
    headers: { "stripe-account": "acct_1" },
  }),
  "test clocks": () => ({ path: "/v1/test_helpers/test_clocks", fields: { frozen_time: "1" } }),
  "thin events": () => ({ method: "GET", path: "/v2/core/events" }),
  "other API versions": () => ({
    path: "/v1/customers",
    fields: {},
    headers: { "stripe-version": "2024-06-20" },
  }),
  "webhook endpoints of another API version": () => ({
    path: "/v1/webhook_endpoints",
    fields: {
      url: "https://shop.example/hook",
      "enabled_events[0]": "*",
      api_version: "2024-06-20",
    },
    param: "api_version",
  }),
  "numbers that are no test numbers": () => ({
    path: "/v1/payment_methods",
    fields: { type: "card", "card[number]": "4111111111111111" },
    param: "card",
  }),
};

let sandbox: TestSandbox;
let shop: Shop;
let customer: string;
beforeAll(async () => {
  sandbox = await startTestSandbox();
  shop = await openShop(sandbox);
  customer = (await shop.customer()).id;
});
afterAll(() => sandbox.close());

function session(fields: Record<string, string>, param: string): Asked {
  const usual = {
    mode: "subscription",
    success_url: "https://shop.example/",
    "line_items[0][price]": shop.monthly.id,
    "line_items[0][quantity]": "1",
  };
  return { path: "/v1/checkout/sessions", fields: { ...usual, ...fields }, param };
}

function subscription(fields: Record<string, string>, param: string): Asked {
  const usual = { customer, "items[0][price]": shop.monthly.id };
  return { path: "/v1/subscriptions", fields: { ...usual, ...fields }, param };
}

function price(fields: Record<string, string>, param: string): Asked {
  const usual = { currency: "eur", unit_amount: "100", product: String(shop.monthly.product) };
  return { path: "/v1/prices", fields: { ...usual, ...fields }, param };
}

async function askedFor(what: string): Promise<Asked> {
  const ask = ASKED[what];
  if (ask === undefined) {
    throw new Error("docs/sandbox.md says that it is refused, and it is not tried here");
  }
  return await ask();
}

test("S3 docs/sandbox.md lists everything that is tried here, and nothing else", () => {
  expect([...DOCUMENTED.keys()].toSorted()).toEqual(Object.keys(ASKED).toSorted());
});

test.each([...DOCUMENTED])(
  "S3 %s: refused with %s, by name, and nothing changes",
  async (what, code) => {
    const { method = "POST", path, fields, headers = {}, param } = await askedFor(what);
    const kept = JSON.stringify([...sandbox.storage.rows]);
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: "Bearer sk_test_raw", ...headers },
      ...(fields !== undefined && { body: new URLSearchParams(fields) }),
    });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error).toMatchObject({
      type: "invalid_request_error",
      code,
      message: expect.stringContaining("andbox"),
      ...(param !== undefined && { param }),
    });
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(JSON.stringify([...sandbox.storage.rows])).toBe(kept);
  },
);
