import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConvexHttpClient } from "convex/browser";
import { v } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { internal } from "../../src/internal/_generated/api.ts";
import { action } from "../../src/internal/functions.ts";
import { checkoutSession, deliveryOf, type JsonObject, stripeEvent } from "../fixtures/stripe.ts";
import { type EngineServer, serveTestEngine } from "../support/engineServer.ts";
import { internalFunctions } from "../support/internalFunctions.ts";

/**
 * The example of Convex's page on internal functions: a public action talks to a payment provider, and
 * `internal.plans.markPlanAsProfessional` marks the plan. Here the action only begins the checkout; what
 * marks the plan is the verified event that the provider sends.
 */
const upgrade = {
  begin: action({
    args: { planId: v.id("plans"), providerUrl: v.string() },
    returns: v.string(),
    handler: async (_ctx, { planId, providerUrl }) => {
      const response = await fetch(`${providerUrl}/checkout?plan=${planId}`, { method: "POST" });
      return ((await response.json()) as { url: string }).url;
    },
  }),
  withoutPaying: action({
    args: { planId: v.id("plans"), eventId: v.string() },
    handler: async (ctx, { planId, eventId }) => {
      await ctx.runMutation(internal.plans.markPlanAsProfessional, { planId, eventId });
    },
  }),
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) {
    close();
  }
});

/** Begins a checkout on request; when its page is opened, the buyer has paid and the event is delivered. */
async function paymentProvider(gatewayUrl: string): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://provider");
    const planId = url.searchParams.get("plan");
    if (request.method === "POST") {
      response.end(JSON.stringify({ url: `/pay?plan=${planId}` }));
      return;
    }
    const event = stripeEvent(
      "checkout.session.completed",
      checkoutSession({ client_reference_id: planId }),
    );
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const { body, signatureHeader } = deliveryOf(event, { timestampSeconds });
    const headers = { "stripe-signature": signatureHeader };
    fetch(`${gatewayUrl}/stripe/webhook`, { method: "POST", headers, body }).then(
      (delivered) => response.writeHead(delivered.status).end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openPlan({ engine }: EngineServer): Promise<string> {
  const insider = { audience: "insider", identity: null } as const;
  const { valueText } = await engine.call("plans:open", "Mutation", { ownerId: "ann" }, insider);
  return JSON.parse(valueText) as string;
}

async function planType({ engine }: EngineServer, planId: string): Promise<unknown> {
  const insider = { audience: "insider", identity: null } as const;
  const { valueText } = await engine.call("plans:get", "Query", { planId }, insider);
  return (JSON.parse(valueText) as JsonObject)["planType"];
}

describe("V5 V6 a public action that upgrades a plan", () => {
  test("begins a checkout, and the plan follows the verified event, not the action", async () => {
    const server = await serveTestEngine({ ...internalFunctions, upgrade });
    const providerUrl = await paymentProvider(server.url);
    const planId = await openPlan(server);
    const client = new ConvexHttpClient(server.url, { skipConvexDeploymentUrlCheck: true });
    const begun = await client.action("upgrade:begin" as never, { planId, providerUrl } as never);
    expect(await planType(server, planId)).toBe("free");
    expect((await fetch(`${providerUrl}${begun as string}`)).status).toBe(200);
    expect(await planType(server, planId)).toBe("professional");
  });

  test("cannot mark the plan by itself: the internal mutation wants a verified event", async () => {
    const server = await serveTestEngine({ ...internalFunctions, upgrade });
    const planId = await openPlan(server);
    const client = new ConvexHttpClient(server.url, { skipConvexDeploymentUrlCheck: true });
    const marking = client.action(
      "upgrade:withoutPaying" as never,
      { planId, eventId: "evt_made_up" } as never,
    );
    await expect(marking).rejects.toMatchObject({ data: { code: "event_not_found" } });
    expect(await planType(server, planId)).toBe("free");
  });
});
