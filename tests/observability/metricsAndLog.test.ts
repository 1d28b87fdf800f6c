import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../src/hosts/node/config.ts";
import { type Gateway, startGateway } from "../../src/hosts/node/gateway.ts";
import { createJsonLog } from "../../src/hosts/node/jsonLog.ts";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "../support/gatewayProcess.ts";

/** One gateway for all: what it counts and logs of the same few deliveries. */
let gateway: Gateway;
let paidId: string;
const lines: string[] = [];

const asAdmin = { authorization: `Convex ${TEST_ADMIN_KEY}` };

beforeAll(async () => {
  const config = readConfig({
    PORT: "0",
    TOLLGATE_DATA: await temporaryDirectory(),
    TOLLGATE_SANDBOX: "off",
    TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY,
    TOLLGATE_LOG: "json",
    STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
  });
  gateway = await startGateway(
    config,
    createJsonLog((line) => lines.push(line)),
  );
  const planId = (await run("plans:open", { ownerId: "owner-of-the-plan" })).value;
  const session = checkoutSession({ client_reference_id: planId, customer: "cus_observed1" });
  const paid = stripeEvent("checkout.session.completed", session);
  paidId = String(paid["id"]);
  await deliver(paid);
  await deliver(paid);
  await deliver(
    stripeEvent("checkout.session.completed", checkoutSession()),
    "whsec_foreign0123456789",
  );
  await deliver({ id: "no event" });
  // A subscription without an id cannot be read: its rule fails.
  await deliver(stripeEvent("customer.subscription.updated", { object: "subscription" }));
  await run("plans:markPlanAsProfessional", { planId, eventId: "evt_none" });
}, 60_000);

afterAll(async () => await gateway.close());

async function run(path: string, args: object): Promise<{ value?: unknown }> {
  const body = JSON.stringify({ path, args });
  const response = await fetch(`${gateway.url}/api/function`, {
    ...{ method: "POST", headers: asAdmin, body },
  });
  return (await response.json()) as { value?: unknown };
}

async function deliver(event: JsonObject, secret = TEST_SIGNING_SECRET): Promise<void> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const { body, signatureHeader } = deliveryOf(event, { timestampSeconds, secret });
  const headers = { "stripe-signature": signatureHeader };
  await fetch(`${gateway.url}/stripe/webhook`, { method: "POST", headers, body });
}

async function metrics(headers: Record<string, string> = asAdmin): Promise<Response> {
  return await fetch(`${gateway.url}/metrics`, { headers });
}

/** Samples by name and labels. */
async function samples(): Promise<Map<string, number>> {
  const text = await (await metrics()).text();
  const found = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    found.map((line) => {
      const [, name = "", value = ""] = /^(.+) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)];
    }),
  );
}

test("Q6 /metrics counts each outcome of deliveries, and tells of queue, plans, functions, commits and the process", async () => {
  const told = await samples();
  const of = (outcome: string, code: string) =>
    told.get(`tollgate_deliveries_total{outcome="${outcome}",code="${code}"}`);
  expect(of("verified", "applied")).toBe(1);
  expect(of("duplicate", "applied")).toBe(1);
  expect(of("refused", "signature_not_verified")).toBe(1);
  expect(of("refused", "not_an_event")).toBe(1);
  expect(of("failed", "dead")).toBe(1);
  expect(of("failed", "unavailable")).toBe(0);
  expect(told.get('tollgate_delivery_duration_seconds_count{outcome="refused"}')).toBe(2);
  expect(told.get('tollgate_events_waiting{status="dead"}')).toBe(1);
  expect(told.get("tollgate_oldest_unapplied_seconds")).toBeGreaterThan(0);
  expect(told.get("tollgate_ledger_events")).toBe(2);
  expect(Math.abs(told.get("tollgate_event_lag_seconds") ?? 99)).toBeLessThan(30);
  expect(told.get("tollgate_commits_total")).toBeGreaterThanOrEqual(3);
  expect(told.get("tollgate_store_up")).toBe(1);
  expect(told.get("tollgate_sync_sessions")).toBe(0);
  expect(told.get("tollgate_disk_free_bytes")).toBeGreaterThan(0);
  expect(told.get("process_resident_memory_bytes")).toBeGreaterThan(0);
  expect(
    told.get(
      'tollgate_function_runs_total{function="plans:markPlanAsProfessional",type="Mutation",outcome="failure"}',
    ),
  ).toBe(1);
  await eventually(async () => {
    expect((await samples()).get('tollgate_plans{type="professional"}')).toBe(1);
  });
});

test("Q6 /metrics is for keys of admins only, by either scheme, and a wrong one is counted", async () => {
  expect((await metrics({})).status).toBe(403);
  expect((await metrics({ authorization: `Bearer ${TEST_ADMIN_KEY}` })).status).toBe(200);
  const before = (await samples()).get("tollgate_failed_key_tries_total") ?? 0;
  for (const scheme of ["Bearer", "Convex"]) {
    const refused = await metrics({ authorization: `${scheme} wrong_key_0123456789` });
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain("tollgate_");
  }
  expect((await samples()).get("tollgate_failed_key_tries_total")).toBe(before + 2);
});

test("Q6 whatever clients ask for, there are no more series", async () => {
  await samples();
  const before = new Set((await samples()).keys());
  for (let i = 0; i < 20; i++) {
    await fetch(`${gateway.url}/made-up-${i}`);
    await run(`made:up${i}`, {});
  }
  const added = [...(await samples()).keys()].filter((name) => !before.has(name));
  expect(added.filter((name) => /made/.test(name))).toEqual([]);
});

test("Q6 every metric that the Grafana board names exists, and the page lists all of Tollgate's", async () => {
  const docs = join(import.meta.dirname, "../../docs");
  const board = readFileSync(join(docs, "observability/grafana.json"), "utf8");
  const { panels } = JSON.parse(board) as { panels: { targets?: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const named = new Set(
    expressions.flatMap((expr) => expr.match(/\b(?:tollgate|process|nodejs)_[a-z0-9_]+/g) ?? []),
  );
  const text = await (await metrics()).text();
  const known = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !known.includes(name))).toEqual([]);
  const page = readFileSync(join(docs, "observability.md"), "utf8");
  const own = [...text.matchAll(/^# TYPE (tollgate_\S+)/gm)].map(([, name = ""]) => name);
  expect(own.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});

test("Q8 a JSON log has a line for each delivery and failed function, with ids and no more", () => {
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const deliveries = told.filter(({ message }) => message === "delivery");
  expect(deliveries.map(({ outcome, code }) => [outcome, code])).toEqual([
    ["verified", "applied"],
    ["duplicate", "applied"],
    ["refused", "signature_not_verified"],
    ["refused", "not_an_event"],
    ["failed", "dead"],
  ]);
  expect(deliveries[0]).toEqual({
    ...{ time: expect.stringMatching(/^\d{4}-.*Z$/), level: "info", message: "delivery" },
    ...{ outcome: "verified", code: "applied" },
    ...{ eventId: paidId, eventType: "checkout.session.completed" },
    durationMs: expect.any(Number),
  });
  expect(told).toContainEqual(
    expect.objectContaining({
      ...{ message: "function_failed", function: "plans:markPlanAsProfessional" },
      requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
    }),
  );
  expect(lines.join("")).not.toMatch(/cus_observed1|owner-of-the-plan|whsec_|v1=|test_admin_key/);
});
