import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  checkoutSession,
  customer,
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
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

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

function signed(event: JsonObject | string, ageSeconds = 0): ReturnType<typeof deliveryOf> {
  return deliveryOf(event, { timestampSeconds: nowSeconds() - ageSeconds });
}

function professionalSubscription(planId: string): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({ metadata: { planId }, items: listOf([item]) });
}

async function openPlan(ownerId: string): Promise<string> {
  return (await gateway.run("plans:open", { ownerId })) as string;
}

async function planType(planId: string): Promise<unknown> {
  return ((await gateway.run("plans:get", { planId })) as JsonObject)["planType"];
}

async function ledgerIds(): Promise<string[]> {
  return (await ledgerOf(gateway)).map(({ stripeEventId }) => stripeEventId);
}

describe("V1 a signed event", () => {
  test("X1 is answered with 200 and changes the plan", async () => {
    const planId = await openPlan("signed");
    expect(await planType(planId)).toBe("free");
    const event = stripeEvent("customer.subscription.created", professionalSubscription(planId));
    const response = await gateway.deliver(signed(event));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "applied", isDuplicate: false });
    expect(await planType(planId)).toBe("professional");
    const [change] = (await gateway.run("plans:changes", { planId })) as JsonObject[];
    expect(change).toMatchObject({
      from: "free",
      to: "professional",
      stripeEventId: event["id"],
      rule: "subscription_active",
    });
  });

  test("O2 that comes again, also at the same time, is answered with 200 and changes nothing", async () => {
    const planId = await openPlan("twice");
    const event = stripeEvent("customer.subscription.created", professionalSubscription(planId));
    const responses = await Promise.all([1, 2, 3, 4].map(() => gateway.deliver(signed(event))));
    const results = (await Promise.all(responses.map((each) => each.json()))) as JsonObject[];
    expect(results.filter((result) => result["isDuplicate"] === false)).toHaveLength(1);
    expect((await ledgerIds()).filter((id) => id === event["id"])).toHaveLength(1);
    expect(await gateway.run("plans:changes", { planId })).toHaveLength(1);
  });

  test("P5 of a type without a rule is recorded and counted", async () => {
    const event = stripeEvent("radar.early_fraud_warning.created", { id: "issfr_1", object: "x" });
    const response = await gateway.deliver(signed(event));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "recorded", isDuplicate: false });
    const counted = (await gateway.run("events:recordedTypes", {
      paginationOpts: { numItems: 10, cursor: null },
    })) as { page: JsonObject[] };
    expect(counted.page).toContainEqual(
      expect.objectContaining({ type: "radar.early_fraud_warning.created", count: 1 }),
    );
  });

  test("C4 of the other mode, or of a connected account, is kept in quarantine and changes nothing", async () => {
    const planId = await openPlan("quarantine");
    const object = professionalSubscription(planId);
    for (const overrides of [{ livemode: true }, { account: "acct_1" }]) {
      const event = stripeEvent("customer.subscription.created", object, overrides);
      const response = await gateway.deliver(signed(event));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: "quarantined" });
    }
    expect(await planType(planId)).toBe("free");
  });

  test("D3 whose object cannot be read is kept as dead", async () => {
    const event = stripeEvent("customer.subscription.updated", { object: "subscription" });
    const response = await gateway.deliver(signed(event));
    expect(await response.json()).toEqual({ status: "dead", isDuplicate: false });
    const [row] = (await ledgerOf(gateway)).filter((each) => each.stripeEventId === event["id"]);
    expect(row).toMatchObject({ status: "dead", statusReason: "object_unreadable" });
  });

  test("with keys that no database takes is kept word for word", async () => {
    const object = checkoutSession({ metadata: { $set: "a", ключ: "б", __proto__x: "c" } });
    const text = JSON.stringify(stripeEvent("checkout.session.completed", object)).replace(
      "__proto__x",
      "__proto__",
    );
    expect((await gateway.deliver(signed(text))).status).toBe(200);
  });

  test("that is as long as a body may be is taken in", async () => {
    const event = stripeEvent("checkout.session.expired", { object: "checkout.session", pad: "" });
    const pad = "ö".repeat((1024 * 1024 - Buffer.byteLength(JSON.stringify(event))) / 2 - 32);
    const padded = { ...event, data: { object: { object: "checkout.session", pad } } };
    const response = await gateway.deliver(signed(JSON.stringify(padded)));
    expect(response.status).toBe(200);
    expect(await ledgerIds()).toContain(event["id"]);
  });
});

describe("V1 V2 a delivery that is not verified", () => {
  const event = stripeEvent("customer.subscription.created", subscription());
  const good = signed(event);
  const cases: [string, () => { body: string; signatureHeader: string | null }][] = [
    ["has no signature", () => ({ ...good, signatureHeader: null })],
    ["has an empty signature", () => ({ ...good, signatureHeader: "" })],
    ["has a malformed signature", () => ({ ...good, signatureHeader: "t=,v1" })],
    [
      "has a wrong signature",
      () => ({
        ...good,
        signatureHeader: good.signatureHeader.replace(/.$/, (c) => (c === "0" ? "1" : "0")),
      }),
    ],
    ["was changed after signing", () => ({ ...good, body: `${good.body} ` })],
    ["was signed six minutes ago", () => signed(event, 360)],
    ["was signed six minutes ahead", () => signed(event, -360)],
    [
      "was signed with another secret",
      () =>
        deliveryOf(event, {
          secret: "whsec_somebodyElses0123456789",
          timestampSeconds: nowSeconds(),
        }),
    ],
    ["has an empty body", () => ({ ...signed("x"), body: "" })],
  ];

  test.each(cases)(
    "because it %s is refused with 400 and a constant text, and leaves nothing",
    async (_, make) => {
      const before = await ledgerIds();
      const response = await gateway.deliver(make());
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        code: "signature_not_verified",
        message: "The signature could not be verified.",
      });
      expect(await ledgerIds()).toEqual(before);
    },
  );

  test("because its bytes are not UTF-8 is refused with 400", async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect((await gateway.deliver({ body, signatureHeader: good.signatureHeader })).status).toBe(
      400,
    );
  });
});

describe("V3 C5 a request that is no delivery", () => {
  test.each(["null", "[]", '{"hello":1}', "no json", '{"object":"v2.core.event","id":"evt_1"}'])(
    "but signed %s is refused with 400",
    async (body) => {
      const response = await gateway.deliver(signed(body));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "not_an_event" });
    },
  );

  test.each(["GET", "PUT", "DELETE", "PATCH", "HEAD"])(
    "but %s is answered with 405 and Allow",
    async (method) => {
      const response = await fetch(`${gateway.url}/stripe/webhook`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("POST");
    },
  );

  test("whose length is not announced, as some proxies pass it on, is taken", async () => {
    const event = stripeEvent("customer.updated", customer());
    const { body, signatureHeader } = signed(event);
    const response = await fetch(`${gateway.url}/stripe/webhook`, {
      method: "POST",
      headers: { "stripe-signature": signatureHeader },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(200);
    expect(await ledgerIds()).toContain(event["id"]);
  });

  test("of more than 1 MiB is refused with 413, announced or not", async () => {
    const body = "x".repeat(1024 * 1024 + 1);
    expect((await gateway.deliver({ body, signatureHeader: "t=1,v1=0" })).status).toBe(413);
    const chunked = await fetch(`${gateway.url}/stripe/webhook`, {
      method: "POST",
      headers: { "stripe-signature": "t=1,v1=0" },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  test("cut off mid-way leaves nothing, and the next delivery is taken", async () => {
    const before = await ledgerIds();
    const { port } = new URL(gateway.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(
          "POST /stripe/webhook HTTP/1.1\r\nHost: x\r\nStripe-Signature: t=1,v1=0\r\nContent-Length: 5000\r\n\r\n{",
          () => socket.destroy(),
        );
      });
      socket.on("close", () => resolve());
    });
    const event = stripeEvent("charge.updated", { id: "ch_1", object: "charge" });
    expect((await gateway.deliver(signed(event))).status).toBe(200);
    expect(await ledgerIds()).toEqual([event["id"], ...before]);
  });

  test("to another path is answered with 404", async () => {
    expect((await fetch(`${gateway.url}/stripe`)).status).toBe(404);
  });
});

test("GET /healthz says that deliveries can be taken", async () => {
  const response = await fetch(`${gateway.url}/healthz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ready", mode: "test" });
});

test("C3 nothing of a payload, a signature or a secret reaches the output", async () => {
  const event = stripeEvent(
    "customer.subscription.updated",
    subscription({ status: "canary_1a2b" }),
  );
  const delivery = signed(event);
  await gateway.deliver(delivery);
  await gateway.deliver({ ...delivery, body: `${delivery.body}canary_1a2b` });
  const output = gateway.output();
  expect(output).not.toContain("canary_1a2b");
  expect(output).not.toContain("whsec_");
  expect(output).not.toContain(delivery.signatureHeader.slice(-20));
});
