import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTestSandbox } from "../support/sandboxServer.ts";
import { NUMBERS, openShop } from "./shop.ts";

const ROOT = join(import.meta.dirname, "../..");
const ENTITIES = JSON.stringify(join(ROOT, "src/sandbox/entities.ts"));

/** Where each kind of object is listed, and its name in entities.ts. */
const LISTS: Record<string, string> = {
  "/v1/charges": "Charge",
  "/v1/checkout/sessions": "CheckoutSession",
  "/v1/coupons": "Coupon",
  "/v1/customers": "Customer",
  "/v1/disputes": "Dispute",
  "/v1/invoice_payments": "InvoicePayment",
  "/v1/invoices": "Invoice",
  "/v1/payment_intents": "PaymentIntent",
  "/v1/prices": "Price",
  "/v1/products": "Product",
  "/v1/promotion_codes": "PromotionCode",
  "/v1/refunds": "Refund",
  "/v1/setup_intents": "SetupIntent",
  "/v1/subscriptions?status=all": "Subscription",
  "/v1/webhook_endpoints": "WebhookEndpoint",
};

/** Everything that a busy shop's sandbox answers, as the bytes on the wire say it. */
async function objectsOnTheWire(): Promise<{ kind: string; object: unknown }[]> {
  const sandbox = await startTestSandbox();
  const shop = await openShop(sandbox);
  const coupon = await shop.stripe.coupons.create({ percent_off: 10, duration: "forever" });
  await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id } });
  await shop.stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/", enabled_events: ["*"] });
  const { subscription } = await shop.subscribed(NUMBERS.good, {
    discounts: [{ coupon: coupon.id }],
  });
  await shop.subscribed(NUMBERS.sepaBounces);
  await shop.subscribed(NUMBERS.declinedLater, { subscription_data: { trial_period_days: 7 } });
  await shop.pay(await shop.session({ mode: "setup" }), NUMBERS.good);
  await shop.pay(await shop.session(), NUMBERS.declined);
  await shop.pay(await shop.session(), NUMBERS.secure);
  await shop.bought(NUMBERS.disputed);
  const { intent } = await shop.bought();
  await shop.stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
  await shop.days(40);
  await shop.stripe.subscriptions.update(subscription.id, {
    items: [{ id: subscription.items.data[0]?.id ?? "", price: shop.enterprise.id }],
    pause_collection: { behavior: "void" },
    cancel_at_period_end: true,
  });
  const objects: { kind: string; object: unknown }[] = [];
  for (const [path, kind] of Object.entries(LISTS)) {
    const answer = await fetch(`${sandbox.url}${path}`, {
      headers: { authorization: "Bearer sk_test_any" },
    });
    const { data } = (await answer.json()) as { data: unknown[] };
    objects.push(...data.map((object) => ({ kind, object })));
  }
  await sandbox.close();
  return objects;
}

/** What the compiler finds wrong with objects that are written out as literals of their types. */
async function problemsOf(objects: { kind: string; object: unknown }[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "object-types-"));
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  const lines = objects.map(
    ({ kind, object }, index) => `export const o${index}: ${kind} = ${JSON.stringify(object)};`,
  );
  await writeFile(
    join(directory, "objects.mts"),
    [`import type { ${kinds.join(", ")} } from ${ENTITIES};`, ...lines].join("\n"),
  );
  await writeFile(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { exactOptionalPropertyTypes: true, types: [] },
      include: ["objects.mts"],
    }),
  );
  try {
    await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["--noEmit", "-p", directory]);
    return "";
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("S14 every object has each field that the stripe package's types require, and none that they do not know", async () => {
  const objects = await objectsOnTheWire();
  expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(Object.values(LISTS)));
  expect(await problemsOf(objects)).toBe("");
  const [{ kind, object } = { kind: "", object: {} }] = objects;
  const { id: _, ...withoutId } = object as Record<string, unknown>;
  expect(await problemsOf([{ kind, object: withoutId }])).toContain("'id' is missing");
  expect(await problemsOf([{ kind, object: { ...(object as object), extra: 1 } }])).toContain(
    `'"extra"' does not exist`,
  );
}, 60_000);
