import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { stripeEvent } from "../fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine } from "../support/testEngine.ts";

test("C5 the webhook endpoint sets no cookie, lets no other origin in and never redirects", async () => {
  const gateway = openTestEngine(internalFunctions);
  const ask = (path: string, method: string, headers: Record<string, string> = {}) =>
    gateway.engine.handleHttp(new Request(`http://localhost${path}`, { method, headers }), null);
  const elsewhere = { origin: "https://elsewhere.example", cookie: "session=1" };
  const answers = {
    taken: await deliverTo(gateway, stripeEvent("charge.updated", {})),
    forged: await ask("/stripe/webhook", "POST", { ...elsewhere, "stripe-signature": "t=1,v1=2" }),
    preflight: await ask("/stripe/webhook", "OPTIONS", elsewhere),
    slash: await ask("/stripe/webhook/", "POST", elsewhere),
    read: await ask("/stripe/webhook", "GET", elsewhere),
  };
  const statuses = Object.entries(answers).map(([name, { status }]) => [name, status]);
  expect(Object.fromEntries(statuses)).toEqual({
    ...{ taken: 200, forged: 400, preflight: 405, slash: 404, read: 405 },
  });
  for (const [name, { headers }] of Object.entries(answers)) {
    const told = [...headers.keys()].filter((key) =>
      /^(set-cookie|location|access-control-)/.test(key),
    );
    expect(told, name).toEqual([]);
  }
});

/** Everything that changes something at Stripe, and may. */
const WRITES = new Set([
  "checkout.sessions.create",
  "checkout.sessions.expire",
  "customers.create",
  "billingPortal.sessions.create",
]);
const READS = /\.(?:list|retrieve)$/;

test("K1 of Stripe's API only what a restricted key may is used", () => {
  const folder = resolve(import.meta.dirname, "../../src/internal");
  const used = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("_generated"))
    .flatMap((path) => [
      ...readFileSync(join(folder, path), "utf8").matchAll(/\bstripe((?:\s*\.\s*\w+){2,3})\(/g),
    ])
    .map(([, call = ""]) => call.replaceAll(/\s/g, "").slice(1));
  expect(used.length).toBeGreaterThan(15);
  expect(used.filter((call) => !READS.test(call) && !WRITES.has(call))).toEqual([]);
});
