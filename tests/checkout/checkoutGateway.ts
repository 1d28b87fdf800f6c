import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { openShop, type Shop } from "../sandbox/shop.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { startTestSandbox, type TestSandbox } from "../support/sandboxServer.ts";

export const LINK_SECRET = "link_secret_of_the_tests_0123456789abcdef";

export interface CheckoutGateway {
  readonly sandbox: TestSandbox;
  readonly gateway: GatewayProcess;
  readonly shop: Shop;
  /** A signed checkout link. */
  link(ownerId: string, plan?: string, lifeSeconds?: number): string;
  /** Posts a form as a browser would, without following the redirect. */
  post(path: string, fields: Record<string, string>): Promise<Posted>;
  /** The return page as text. */
  returned(sessionId: string, cookie: string | null): Promise<string>;
  planType(ownerId: string): Promise<string>;
  close(): Promise<void>;
}

export interface Posted {
  status: number;
  location: string;
  cookie: string;
  text: string;
}

/** A gateway in a process of its own that sells through a sandbox and hears of everything in it. */
export async function startCheckoutGateway(
  environment: Record<string, string> = {},
): Promise<CheckoutGateway> {
  const sandbox = await startTestSandbox({ ports: { clock: { nowMs: () => Date.now() } } });
  const endpoint = await sandbox.stripe.webhookEndpoints.create({
    url: "http://127.0.0.1:9/not-yet",
    enabled_events: ["*"],
  });
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: endpoint.secret,
    STRIPE_SECRET_KEY: "sk_test_0123456789abcdefghij",
    STRIPE_API_URL: sandbox.url,
    TOLLGATE_LINK_SECRET: LINK_SECRET,
    ...environment,
  });
  await sandbox.stripe.webhookEndpoints.update(endpoint.id, {
    url: `${gateway.url}/stripe/webhook`,
  });
  const shop = await openShop(sandbox);
  return {
    sandbox,
    gateway,
    shop,
    link: (ownerId, plan = "professional", lifeSeconds = 900) => {
      const expiresAtSeconds = Math.floor(Date.now() / 1_000) + lifeSeconds;
      const token = { ownerId, plan, interval: "month", expiresAtSeconds };
      return signOwnerToken("link", token, LINK_SECRET);
    },
    post: async (path, fields) => {
      const response = await fetch(`${gateway.url}${path}`, {
        method: "POST",
        body: new URLSearchParams(fields),
        redirect: "manual",
      });
      return {
        status: response.status,
        location: response.headers.get("location") ?? "",
        cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "",
        text: await response.text(),
      };
    },
    returned: async (sessionId, cookie) => {
      const response = await fetch(`${gateway.url}/checkout/return?session_id=${sessionId}`, {
        headers: cookie === null ? {} : { cookie },
      });
      return await response.text();
    },
    planType: async (ownerId) => {
      await sandbox.settled();
      const planId = await gateway.run("plans:open", { ownerId });
      const plan = (await gateway.run("plans:get", { planId })) as { planType: string };
      return plan.planType;
    },
    close: async () => {
      await gateway.kill();
      await sandbox.close();
    },
  };
}
