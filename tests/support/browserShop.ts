import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type Stripe from "stripe";
import { signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { launchBrowser } from "./browser.ts";
import { type GatewayProcess, startGatewayProcess, temporaryDirectory } from "./gatewayProcess.ts";
import { stripeFor } from "./sandboxServer.ts";

const LINK_SECRET = "link_secret_of_the_tests_0123456789abcdef";

/** How long a page may take to show what it waits for. */
const PAGE_TIMEOUT_MS = 15_000;

/** The numbers of the hosted page by what they do. */
export const CARDS = {
  good: "4242424242424242",
  declined: "4000000000000002",
  secure: "4000000000003220",
  sepaSettles: "AT321904300235473204",
  sepaBounces: "AT051904300235473205",
} as const;

export type Card = keyof typeof CARDS;

/** A gateway with its sandbox as `npm start` runs them, and one browser that visits them. */
export interface BrowserShop {
  readonly gateway: GatewayProcess;
  readonly sandboxUrl: string;
  readonly stripe: Stripe;
  /** A page of a browser context of its own, so with no cookie of another. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** The address that leads an owner to the hosted page. */
  checkoutLink(ownerId: string): string;
  /** Visits that address in a new context, and goes on to Stripe's hosted page. */
  goToPayment(ownerId: string, options?: BrowserContextOptions): Promise<Page>;
  planOf(ownerId: string): Promise<OwnersPlan>;
  /** `POST /sandbox/…`. */
  control(path: string, body: object): Promise<void>;
  stopGateway(): Promise<void>;
  /** With the same data and at the same addresses, after {@link BrowserShop.stopGateway}. */
  startGatewayAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface OwnersPlan {
  planId: string;
  planType: string;
  alerts: { code: string }[];
}

export async function openBrowserShop(): Promise<BrowserShop> {
  const browser = await launchBrowser();
  return browserShop(browser, await startGateway(await temporaryDirectory(), {}));
}

/** Chooses a number on the hosted page and pays. */
export async function pay(page: Page, card: Card): Promise<void> {
  await page.locator(`input[name=method][value="${CARDS[card]}"]`).check();
  await page.locator("button.primary").click();
}

/** Waits for the return page. @returns the id of its session */
export async function returned(page: Page): Promise<string> {
  await page.waitForURL(/\/checkout\/return\?/);
  return new URL(page.url()).searchParams.get("session_id") ?? "";
}

/** Waits for a sentence on the page. */
export async function says(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor();
}

function startGateway(directory: string, ports: Record<string, string>): Promise<GatewayProcess> {
  return startGatewayProcess(directory, {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
    TOLLGATE_LINK_SECRET: LINK_SECRET,
    ...ports,
  });
}

function browserShop(browser: Browser, gateway: GatewayProcess): BrowserShop {
  let running = gateway;
  const sandboxUrl = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  const newPage = async (options: BrowserContextOptions = {}) => {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(PAGE_TIMEOUT_MS);
    return page;
  };
  const checkoutLink = (ownerId: string) => {
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + 900;
    const token = { ownerId, plan: "professional", interval: "month", expiresAtSeconds };
    const link = signOwnerToken("link", token, LINK_SECRET);
    return `${gateway.url}/checkout?${new URLSearchParams({ link })}`;
  };
  return {
    gateway,
    sandboxUrl,
    stripe: stripeFor(sandboxUrl),
    newPage,
    checkoutLink,
    goToPayment: async (ownerId, options) => {
      const page = await newPage(options);
      await page.goto(checkoutLink(ownerId));
      await page.getByRole("button", { name: "Continue to payment" }).click();
      return page;
    },
    planOf: async (ownerId) => {
      const planId = String(await gateway.run("plans:open", { ownerId }));
      const plan = (await gateway.run("plans:get", { planId })) as Omit<OwnersPlan, "planId">;
      return { planId, planType: plan.planType, alerts: plan.alerts };
    },
    control: async (path, body) => {
      const answer = await fetch(`${sandboxUrl}/sandbox${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) {
        throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      }
    },
    stopGateway: async () => {
      await running.stop();
    },
    startGatewayAgain: async () => {
      running = await startGateway(gateway.dataDirectory, {
        PORT: new URL(gateway.url).port,
        SANDBOX_PORT: new URL(sandboxUrl).port,
      });
    },
    close: async () => {
      await browser.close();
      await running.stop();
    },
  };
}
