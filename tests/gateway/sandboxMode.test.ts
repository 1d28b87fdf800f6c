import { once } from "node:events";
import { get } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { checkoutSession, deliveryOf, stripeEvent } from "../fixtures/stripe.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

/** `npm start` as a newcomer has it, but on free ports. */
const NEWCOMER = { STRIPE_WEBHOOK_SECRET: undefined, TOLLGATE_SANDBOX: undefined };

function sandboxOf(gateway: GatewayProcess): string {
  return /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "none";
}

function stripeOf(url: string): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe("sk_test_any", { host: hostname, port: Number(port), protocol: "http" });
}

async function post(url: string, body: object): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function signIn(sandbox: string, owner: string) {
  const answer = await post(`${sandbox}/sandbox/owners`, { owner });
  return (await answer.json()) as { plan_id: string; token: string };
}

/** The status of a GET by another name of the host. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const [response] = await once(get(url, { headers: { host } }), "response");
  response.resume();
  return response.statusCode;
}

describe("npm start without a word of Stripe", () => {
  test("M1 M2 M3 starts a sandbox with prices, whose signed events change plans, and keeps it over a restart", async () => {
    const directory = await temporaryDirectory();
    const gateway = await startGatewayProcess(directory, NEWCOMER);
    const sandbox = sandboxOf(gateway);
    const stripe = stripeOf(sandbox);
    const { data: prices } = await stripe.prices.list({ limit: 100 });
    expect(prices.map(({ lookup_key }) => lookup_key).toSorted()).toEqual([
      "enterprise_monthly",
      "enterprise_yearly",
      "professional_monthly",
      "professional_yearly",
    ]);
    const { plan_id: planId } = await signIn(sandbox, "ann");
    const done = await tollgate(["trigger", "customer.subscription.created", "--owner", "ann"], {
      SANDBOX_PORT: new URL(sandbox).port,
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
    expect(await gateway.stop()).toBe(0);

    const again = await startGatewayProcess(directory, NEWCOMER);
    const kept = stripeOf(sandboxOf(again));
    expect((await kept.prices.list({ limit: 100 })).data).toHaveLength(4);
    expect((await kept.webhookEndpoints.list()).data).toMatchObject([
      { url: `${again.url}/stripe/webhook` },
    ]);
    const ended = await tollgate(["trigger", "customer.subscription.deleted", "--owner", "ann"], {
      SANDBOX_PORT: new URL(sandboxOf(again)).port,
    });
    expect(ended.stdout).toContain("200");
    expect(await again.run("plans:get", { planId })).toMatchObject({ planType: "free" });
    expect(await again.stop()).toBe(0);
  });

  test("M4 M5 signs owners in by its own issuer, and answers only this machine's names and JSON", async () => {
    const gateway = await startGatewayProcess(await temporaryDirectory(), NEWCOMER);
    const sandbox = sandboxOf(gateway);
    const { token } = await signIn(sandbox, "ann");
    const keys = createRemoteJWKSet(new URL(`${sandbox}/sandbox/issuer/jwks.json`));
    const { payload } = await jwtVerify(token, keys, {
      issuer: `${sandbox}/sandbox/issuer`,
      audience: "tollgate",
    });
    expect(payload.sub).toBe("ann");
    const asForm = await fetch(`${sandbox}/sandbox/owners`, {
      method: "POST",
      body: JSON.stringify({ owner: "ann" }),
    });
    expect(asForm.status).toBe(415);
    expect((await post(`${sandbox}/sandbox/owners`, { owner: "" })).status).toBe(400);
    expect(await statusFor(`${sandbox}/sandbox/clock`, "localhost")).toBe(200);
    expect(await statusFor(`${sandbox}/sandbox/clock`, "rebound.example")).toBe(421);
    await gateway.stop();
  });

  test("M6 the demo page has a strict policy and its plan", async () => {
    const gateway = await startGatewayProcess(await temporaryDirectory(), NEWCOMER);
    const page = await fetch(`${gateway.url}/`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).not.toMatch(/<script(?![^>]*src="\/demo\/)|https?:\/\//);
    const plan = await (await fetch(`${gateway.url}/demo/plan`)).json();
    expect(plan).toMatchObject({ ownerId: "demo", planType: "free" });
    await gateway.stop();
  });
});

describe("M7 nothing of the sandbox is there", () => {
  test.each([
    [
      "a key",
      { STRIPE_SECRET_KEY: "sk_test_0123456789abcdef", STRIPE_API_URL: "http://127.0.0.1:9" },
    ],
    ["a signing secret", { STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdef0123" }],
    ["live mode", { STRIPE_MODE: "live" }],
    ["TOLLGATE_SANDBOX=off", { TOLLGATE_SANDBOX: "off" }],
  ])("with %s", async (_name, variables) => {
    const gateway = await startGatewayProcess(await temporaryDirectory(), {
      ...NEWCOMER,
      ...variables,
    });
    expect(sandboxOf(gateway)).toBe("none");
    expect((await fetch(`${gateway.url}/demo/plan`)).status).toBe(404);
    expect((await fetch(`${gateway.url}/demo/sign-in`, { method: "POST" })).status).toBe(404);
    expect(await (await fetch(`${gateway.url}/`)).text()).toContain("deployment is running");
    await gateway.stop();
  });

  test("in a data directory that was begun without one", async () => {
    const directory = await temporaryDirectory();
    await (await startGatewayProcess(directory)).stop();
    const gateway = await startGatewayProcess(directory, NEWCOMER);
    expect(sandboxOf(gateway)).toBe("none");
    await gateway.stop();
  });

  test("and nothing of a real Stripe starts on what a sandbox was paid for, nor a sandbox on the reverse", async () => {
    const sandboxed = await temporaryDirectory();
    await (await startGatewayProcess(sandboxed, NEWCOMER)).stop();
    for (const real of [
      { STRIPE_MODE: "live" },
      { STRIPE_SECRET_KEY: "sk_test_0123456789abcdef" },
      { STRIPE_SECRET_KEY: "sk_live_0123456789abcdef" },
      { STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdef0123" },
    ]) {
      const start = startGatewayProcess(sandboxed, { ...NEWCOMER, ...real });
      await expect(start).rejects.toThrow(
        /sandbox was paid for.*TOLLGATE_DATA.*data_of_other_stripe/,
      );
    }
    const again = await startGatewayProcess(sandboxed, NEWCOMER);
    await again.stop();
    const begun = await temporaryDirectory();
    await (await startGatewayProcess(begun)).stop();
    const asked = startGatewayProcess(begun, { ...NEWCOMER, TOLLGATE_SANDBOX: "on" });
    await expect(asked).rejects.toThrow(/without a sandbox.*data_of_other_stripe/);
  }, 20_000);

  test("and no mode starts on what the other one was paid for", async () => {
    const directory = await temporaryDirectory();
    const gateway = await startGatewayProcess(directory);
    const planId = String(await gateway.run("plans:open", { ownerId: "ann" }));
    const session = checkoutSession({ client_reference_id: planId });
    const event = stripeEvent("checkout.session.completed", session);
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    await gateway.deliver(deliveryOf(event, { timestampSeconds }));
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
    await gateway.stop();
    await expect(startGatewayProcess(directory, { STRIPE_MODE: "live" })).rejects.toThrow(
      /test mode, and this is live mode.*data_of_other_stripe/,
    );
    await (await startGatewayProcess(directory)).stop();

    const quarantined = await temporaryDirectory();
    const first = await startGatewayProcess(quarantined, { STRIPE_MODE: "live" });
    await first.deliver(deliveryOf(event, { timestampSeconds }));
    await first.stop();
    await (await startGatewayProcess(quarantined)).stop();
  }, 20_000);

  test("and the start says so when the sandbox's port is taken", async () => {
    const other = await startGatewayProcess(await temporaryDirectory());
    const SANDBOX_PORT = new URL(other.url).port;
    await expect(
      startGatewayProcess(await temporaryDirectory(), { ...NEWCOMER, SANDBOX_PORT }),
    ).rejects.toThrow(/is in use.*SANDBOX_PORT/);
    await other.kill();
  });
});
