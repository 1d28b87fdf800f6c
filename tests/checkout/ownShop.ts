import { startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { internalAction } from "../../src/internal/_generated/server.ts";
import {
  type CheckoutDestination,
  type CheckoutRequest,
  startCheckout,
} from "../../src/internal/checkout/startCheckout.ts";
import type { CheckoutOffer } from "../../src/internal/model/checkoutOffer.ts";
import { openShop, type Shop } from "../sandbox/shop.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandboxServer.ts";
import { setStripeApi } from "../support/stripeKey.ts";
import { openTestEngine, silentLog, type TestEngine } from "../support/testEngine.ts";
import { type FaultyProxy, startFaultyProxy } from "./faultyProxy.ts";

/** A gateway in this process that sells offers of the test through a sandbox and hears of everything. */
export interface OwnShop {
  readonly sandbox: TestSandbox;
  readonly shop: Shop;
  readonly gateway: TestEngine;
  /** Between the gateway and the sandbox. */
  readonly proxy: FaultyProxy;
  sell(ownerId: string, request: CheckoutRequest): Promise<CheckoutDestination>;
  plan(
    ownerId: string,
  ): Promise<{ _id: string; planType: string; seats: number | null; rule: string }>;
  close(): Promise<void>;
}

export async function openOwnShop(offers?: readonly CheckoutOffer[]): Promise<OwnShop> {
  const sandbox = await startTestSandbox({ ports: { clock: { nowMs: () => Date.now() } } });
  const proxy = await startFaultyProxy(sandbox.url);
  setStripeApi(proxy.url);
  const seller = {
    sell: internalAction({
      handler: (ctx, args: { ownerId: string; request: CheckoutRequest }) =>
        startCheckout(ctx, args.ownerId, args.request, offers),
    }),
  };
  process.env["CONVEX_SITE_URL"] = "http://127.0.0.1:8787";
  const gateway = openTestEngine({ ...internalFunctions, seller });
  const server = await startHttpServer({
    ...{ host: "127.0.0.1", port: 0, log: silentLog },
    fetch: (request) => gateway.engine.handleHttp(request, null),
  });
  const endpoint = await sandbox.stripe.webhookEndpoints.create({
    url: `${server.url}/stripe/webhook`,
    enabled_events: ["*"],
  });
  process.env["STRIPE_WEBHOOK_SECRET"] = endpoint.secret;
  const shop = await openShop(sandbox);
  return {
    ...{ sandbox, shop, gateway, proxy },
    sell: async (ownerId, request) =>
      (await gateway.call("seller:sell", { ownerId, request })) as CheckoutDestination,
    plan: async (ownerId) => {
      await sandbox.settled();
      const planId = await gateway.call("plans:open", { ownerId });
      return (await gateway.call("plans:get", { planId })) as never;
    },
    close: async () => {
      setStripeApi(null);
      await server.close();
      await gateway.engine.close();
      await proxy.close();
      await sandbox.close();
    },
  };
}
