import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Modules } from "../../src/engine/functions/FunctionRegistry.ts";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

const functions: Modules = await loadFunctions(join(import.meta.dirname, "../../src/internal"));
const modules = Object.fromEntries(
  [...functions].map(([name, namespace]) => [name.replace(/\.js$/, ""), namespace]),
);

process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
afterEach(() => {
  process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
});

async function deliver({ engine }: TestEngine, event: JsonObject): Promise<Response> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const { body, signatureHeader } = deliveryOf(event, { timestampSeconds });
  const request = new Request("http://localhost/stripe/webhook", {
    method: "POST",
    headers: { "stripe-signature": signatureHeader },
    body,
  });
  return await engine.handleHttp(request, null);
}

async function ledger({ call }: TestEngine): Promise<JsonObject[]> {
  const paginationOpts = { numItems: 100, cursor: null };
  return ((await call("events:list", { paginationOpts })) as { page: JsonObject[] }).page;
}

describe("a full disk", () => {
  test("is answered with 503, leaves nothing half written, and the redelivery is taken once there is room", async () => {
    const store = openMemoryStore();
    const gateway = openTestEngine(modules, store);
    const planId = (await gateway.call("plans:open", { ownerId: "full" })) as string;
    const [[pages] = [0]] = store.prepare("PRAGMA page_count").all();
    store.exec(`PRAGMA max_page_count = ${pages}`);
    const session = checkoutSession({ client_reference_id: planId, pad: "x".repeat(20_000) });
    const event = stripeEvent("checkout.session.completed", session);

    const refused = await deliver(gateway, event);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(await ledger(gateway)).toEqual([]);
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "free" });

    store.exec("PRAGMA max_page_count = 1000000");
    expect((await deliver(gateway, event)).status).toBe(200);
    expect(await ledger(gateway)).toHaveLength(1);
    expect(await gateway.call("plans:get", { planId })).toMatchObject({ planType: "professional" });
  });
});

describe("an event whose rule fails", () => {
  test("is kept as failed and answered with 200, so that it is not lost", async () => {
    const broken = {
      ...modules,
      events: { ...modules["events"], ingest: modules["events"]?.["list"] },
    };
    const gateway = openTestEngine(broken);
    const response = await deliver(gateway, stripeEvent("charge.updated", { object: "charge" }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "failed", isDuplicate: false });
    expect(await ledger(gateway)).toMatchObject([{ status: "failed" }]);
  });
});

describe("a gateway without a signing secret", () => {
  test.each([undefined, "", "whsec_x"])(
    "of %j accepts nothing and is not ready",
    async (secret) => {
      const gateway = openTestEngine(modules);
      if (secret === undefined) {
        delete process.env["STRIPE_WEBHOOK_SECRET"];
      } else {
        process.env["STRIPE_WEBHOOK_SECRET"] = secret;
      }
      expect((await deliver(gateway, stripeEvent("charge.updated", {}))).status).toBe(503);
      const health = await gateway.engine.handleHttp(new Request("http://localhost/healthz"), null);
      expect(health.status).toBe(503);
      expect(await ledger(gateway)).toEqual([]);
    },
  );
});
