import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SANDBOX_LIMITS } from "../../src/sandbox/limits.ts";
import {
  SANDBOX_START_SECONDS,
  startTestSandbox,
  stripeFor,
  type TestSandbox,
} from "../support/sandboxServer.ts";
import { refusalOf } from "./lifeCycles.ts";

let sandbox: TestSandbox;
let stripe: Stripe;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  stripe = sandbox.stripe;
});

afterEach(() => sandbox.close());

/** A request as another client than the SDK might send it. */
async function raw(
  method: string,
  path: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: {
      authorization: "Bearer sk_test_raw",
      ...(body !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  const answer = (await response.json()) as Record<string, Record<string, unknown>>;
  return { status: response.status, headers: response.headers, body: answer };
}

describe("S3 errors have Stripe's shapes", () => {
  test("S3 no key, and keys that are not of test mode", async () => {
    const none = await raw("GET", "/v1/customers", { headers: { authorization: "" } });
    expect(none).toMatchObject({
      status: 401,
      body: {
        error: { type: "invalid_request_error", message: expect.stringContaining("API key") },
      },
    });
    const live = new URL(sandbox.url);
    const { default: StripeClient } = await import("stripe");
    const client = new StripeClient("sk_live_no", {
      host: live.hostname,
      port: live.port,
      protocol: "http",
      telemetry: false,
    });
    const error = await refusalOf(client.customers.list());
    expect(error.type).toBe("StripeAuthenticationError");
  });

  test("S3 an object that does not exist, in the path and in a parameter", async () => {
    const inPath = await refusalOf(stripe.customers.retrieve("cus_none"));
    expect(inPath).toMatchObject({
      type: "StripeInvalidRequestError",
      statusCode: 404,
      code: "resource_missing",
      param: "id",
      message: "No such customer: 'cus_none'",
      requestId: expect.stringMatching(/^req_\w{14}$/),
    });
    const inParam = await refusalOf(
      stripe.checkout.sessions.create({
        mode: "payment",
        success_url: "https://shop.example/",
        line_items: [{ price: "price_none", quantity: 1 }],
      }),
    );
    expect(inParam).toMatchObject({
      statusCode: 400,
      code: "resource_missing",
      param: "line_items[0][price]",
    });
  });

  test("S3 a parameter that is unknown, missing, empty or wrong", async () => {
    const cases: [Promise<unknown>, string, string][] = [
      [
        stripe.customers.create({ nickname: "x" } as Stripe.CustomerCreateParams),
        "parameter_unknown",
        "nickname",
      ],
      [
        stripe.subscriptions.create({
          customer: "cus_x",
          items: [{ price: "price_x", colour: "red" } as Stripe.SubscriptionCreateParams.Item],
        }),
        "parameter_unknown",
        "items[0][colour]",
      ],
      [stripe.products.create({} as Stripe.ProductCreateParams), "parameter_missing", "name"],
      [stripe.products.create({ name: "" }), "parameter_invalid_empty", "name"],
      [stripe.customers.list({ limit: 101 }), "parameter_invalid", "limit"],
      [
        stripe.checkout.sessions.create({ mode: "payment", success_url: "javascript:alert(1)" }),
        "parameter_invalid",
        "success_url",
      ],
    ];
    for (const [call, code, param] of cases) {
      expect(await refusalOf(call)).toMatchObject({ statusCode: 400, code, param });
    }
  });

  test("S3 what cannot go together in a Checkout Session", async () => {
    const product = await stripe.products.create({ name: "p" });
    const price = await stripe.prices.create({
      product: product.id,
      currency: "eur",
      unit_amount: 100,
      recurring: { interval: "month" },
    });
    const line_items = [{ price: price.id, quantity: 1 }];
    const success_url = "https://shop.example/";
    const cases: [Stripe.Checkout.SessionCreateParams, string][] = [
      [{ mode: "payment", success_url, line_items }, "mode"],
      [{ mode: "subscription", success_url }, "line_items"],
      [
        { mode: "subscription", success_url, line_items, expires_at: SANDBOX_START_SECONDS + 60 },
        "expires_at",
      ],
      [
        {
          mode: "subscription",
          success_url,
          line_items,
          allow_promotion_codes: true,
          discounts: [{ coupon: "x" }],
        },
        "allow_promotion_codes",
      ],
      [
        {
          mode: "subscription",
          success_url,
          line_items,
          payment_intent_data: { metadata: { a: "b" } },
        },
        "payment_intent_data",
      ],
      [
        {
          mode: "subscription",
          success_url,
          line_items,
          subscription_data: { trial_end: SANDBOX_START_SECONDS + 3_600 },
        },
        "subscription_data[trial_end]",
      ],
    ];
    for (const [params, param] of cases) {
      expect(await refusalOf(stripe.checkout.sessions.create(params))).toMatchObject({
        statusCode: 400,
        param,
      });
    }
  });

  test("S3 a card that cannot be saved leaves no customer behind", async () => {
    const error = await refusalOf(
      stripe.customers.create({ payment_method: "pm_card_visa_chargeDeclined" }),
    );
    expect(error).toMatchObject({ type: "StripeCardError", decline_code: "generic_decline" });
    expect((await stripe.customers.list()).data).toEqual([]);
    expect(await sandbox.events()).toEqual([]);
  });

  test("S3 another API version, account or content type is refused", async () => {
    const older = stripeFor(sandbox.url, { apiVersion: "2024-06-20" as "2026-10-28.endive" });
    expect((await refusalOf(older.customers.list())).message).toContain("2026-10-28.endive only");
    const connected = await refusalOf(stripe.customers.list({}, { stripeAccount: "acct_x" }));
    expect(connected.message).toContain("one account");
    const json = await raw("POST", "/v1/customers", {
      body: '{"name":"x"}',
      headers: { "content-type": "application/json" },
    });
    expect(json.status).toBe(400);
    const fine = await raw("GET", "/v1/customers", {
      headers: { "stripe-version": "2026-10-28.endive" },
    });
    expect(fine.headers.get("stripe-version")).toBe("2026-10-28.endive");
  });
});

describe("S4 idempotency keys", () => {
  test("S4 the same request has the same answer and happens once", async () => {
    const options = { idempotencyKey: "customer:test:account-1" };
    const first = await stripe.customers.create({ email: "a@example.org" }, options);
    const second = await stripe.customers.create({ email: "a@example.org" }, options);
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect((await stripe.customers.list()).data).toHaveLength(1);
    const [event] = await sandbox.events();
    expect(event?.request?.idempotency_key).toBe("customer:test:account-1");
  });

  test("S4 another request with the key is an idempotency_error", async () => {
    const options = { idempotencyKey: "one" };
    await stripe.customers.create({ email: "a@example.org" }, options);
    const error = await refusalOf(stripe.customers.create({ email: "b@example.org" }, options));
    expect(error).toMatchObject({ type: "StripeIdempotencyError", statusCode: 400 });
  });

  test("S4 a refused card is answered the same way again", async () => {
    const params = {
      amount: 500,
      currency: "usd",
      payment_method: "pm_card_visa_chargeDeclined",
      confirm: true,
    };
    const options = { idempotencyKey: "pay-once" };
    const first = await refusalOf(stripe.paymentIntents.create(params, options));
    const second = await refusalOf(stripe.paymentIntents.create(params, options));
    expect(second).toMatchObject({ code: "card_declined", payment_intent: first.payment_intent });
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  test("S4 concurrent requests with one key make one object; after a day the key is free", async () => {
    const create = () => stripe.customers.create({ name: "x" }, { idempotencyKey: "same" });
    const made = await Promise.all([create(), create(), create()]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    await sandbox.advance(SANDBOX_LIMITS.idempotencySeconds + 1);
    expect((await create()).id).not.toBe(made[0]?.id);
  });

  test("S4 a request that was refused for its parameters may be sent again, mended", async () => {
    const options = { idempotencyKey: "mended" };
    await refusalOf(stripe.products.create({ name: "" }, options));
    expect((await stripe.products.create({ name: "x" }, options)).name).toBe("x");
  });
});

describe("S4 lists", () => {
  beforeEach(async () => {
    for (let index = 0; index < 25; index++) {
      await stripe.customers.create({ name: String(index) });
    }
  });

  const names = (customers: Stripe.Customer[]) => customers.map(({ name }) => Number(name));

  test("S4 are newest first, ten at a time, and walk in both directions", async () => {
    const first = await stripe.customers.list();
    expect(names(first.data)).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
    expect(first).toMatchObject({ object: "list", has_more: true, url: "/v1/customers" });
    const last = first.data.at(-1)?.id ?? "";
    const next = await stripe.customers.list({ starting_after: last, limit: 20 });
    expect(names(next.data)[0]).toBe(14);
    expect(next).toMatchObject({ has_more: false });
    const back = await stripe.customers.list({ ending_before: last, limit: 3 });
    expect(names(back.data)).toEqual([18, 17, 16]);
    expect(back.has_more).toBe(true);
  });

  test("S4 are walked whole by the SDK, oldest first with ending_before", async () => {
    const all = await stripe.customers.list({ limit: 7 }).autoPagingToArray({ limit: 100 });
    expect(names(all)).toEqual(Array.from({ length: 25 }, (_, index) => 24 - index));
    const oldest = all.at(-1)?.id ?? "";
    const forward = await stripe.customers
      .list({ ending_before: oldest, limit: 7 })
      .autoPagingToArray({ limit: 100 });
    expect(names(forward)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
  });

  test("S4 refuse a cursor that is no object of theirs", async () => {
    const error = await refusalOf(stripe.customers.list({ starting_after: "cus_none" }));
    expect(error).toMatchObject({ code: "resource_missing", param: "starting_after" });
  });

  test("S4 of events are filtered by type, types and time", async () => {
    await sandbox.advance(100);
    await stripe.products.create({ name: "late" });
    const of = async (params: Stripe.EventListParams) =>
      (await stripe.events.list({ limit: 100, ...params })).data.length;
    expect(await of({ type: "customer.*" })).toBe(25);
    expect(await of({ types: ["product.created", "price.created"] })).toBe(1);
    expect(await of({ created: { gte: SANDBOX_START_SECONDS + 100 } })).toBe(1);
    expect(await of({ created: { lt: SANDBOX_START_SECONDS + 100 } })).toBe(25);
    const [event] = (await stripe.events.list({ type: "product.created" })).data;
    expect(await stripe.events.retrieve(event?.id ?? "")).toMatchObject({ id: event?.id });
  });
});

describe("S4 expand", () => {
  test("S4 puts objects in the place of ids, also in lists and several levels deep", async () => {
    const customer = await stripe.customers.create({ name: "x", payment_method: "pm_card_visa" });
    const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: customer.id,
      payment_method: method?.id ?? "",
      confirm: true,
      expand: ["latest_charge.payment_intent.customer", "payment_method"],
    });
    expect(intent).toMatchObject({
      latest_charge: { payment_intent: { customer: { id: customer.id } } },
      payment_method: { id: method?.id },
    });
    const list = await stripe.charges.list({ expand: ["data.customer"] });
    expect(list.data[0]?.customer).toMatchObject({ name: "x" });
  });

  test("S4 refuses what cannot be expanded, and too much of it", async () => {
    const customer = await stripe.customers.create({ name: "x" });
    const expandable = (expand: string[]) =>
      refusalOf(stripe.customers.retrieve(customer.id, { expand }));
    expect((await expandable(["name"])).message).toBe("This property cannot be expanded (name).");
    expect((await expandable(["nonsense"])).message).toContain("(nonsense)");
    expect((await expandable(["__proto__"])).message).toContain("cannot be expanded");
    expect((await expandable(["a.b.c.d.e.f"])).message).toContain("4 levels");
    expect((await expandable(Array(21).fill("subscriptions"))).message).toContain("more than 20");
  });
});

describe("S10 bounds", () => {
  test("S10 a body that is too large, told or not, is refused", async () => {
    const body = `name=${"x".repeat(SANDBOX_LIMITS.bodyBytes)}`;
    expect((await raw("POST", "/v1/customers", { body })).status).toBe(413);
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("x".repeat(10_000))),
    });
    const streamed = await fetch(`${sandbox.url}/v1/customers`, {
      method: "POST",
      headers: {
        authorization: "Bearer sk_test_raw",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: stream,
      duplex: "half",
    } as RequestInit).then(
      ({ status }) => status,
      () => "cut",
    );
    expect([413, "cut"]).toContain(streamed);
    expect((await stripe.customers.list()).data).toEqual([]);
  });

  test("S10 too many or too deep parameters, and too much metadata", async () => {
    const many = Array.from({ length: 501 }, (_, index) => `a[${index}]=1`).join("&");
    expect((await raw("POST", "/v1/customers", { body: many })).status).toBe(400);
    const deep = await raw("POST", "/v1/customers", { body: "a[b][c][d][e][f][g][h][i]=1" });
    expect(deep.body["error"]?.["message"]).toContain("nests too deep");
    const twice = await raw("POST", "/v1/customers", { body: "a=1&a[b]=1" });
    expect(twice.body["error"]?.["message"]).toContain("a value already");
    const keys = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]));
    for (const metadata of [keys, { ["k".repeat(41)]: "v" }, { k: "v".repeat(501) }]) {
      expect((await refusalOf(stripe.customers.create({ metadata }))).statusCode).toBe(400);
    }
  });

  test("S10 names such as __proto__ are names like any other", async () => {
    const answer = await raw("POST", "/v1/customers", {
      body: "__proto__[admin]=1&metadata[__proto__]=x",
    });
    expect(answer.body["error"]?.["code"]).toBe("parameter_unknown");
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  test("S10 webhook endpoints, as at Stripe", async () => {
    const create = () =>
      stripe.webhookEndpoints.create({
        url: "http://127.0.0.1:9/",
        enabled_events: ["price.created"],
      });
    for (let index = 0; index < SANDBOX_LIMITS.webhookEndpoints; index++) {
      await create();
    }
    expect((await refusalOf(create())).message).toContain("maximum of 16");
  });

  test("S10 a move of the clock", async () => {
    const tooFar = await sandbox.control("/clock/advance", {
      seconds: SANDBOX_LIMITS.advanceSeconds + 1,
    });
    expect(tooFar["error"]).toMatchObject({ code: "parameter_invalid" });
    for (const seconds of [0, -1, 1.5, "1"]) {
      const wrong = await sandbox.control("/clock/advance", { seconds } as object);
      expect(wrong["error"]).toBeDefined();
    }
  });
});
