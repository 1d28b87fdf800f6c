import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, NO_BROWSER } from "../support/browser.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const CARDS = {
  good: "4242424242424242",
  declined: "4000000000000002",
  secure: "4000000000003220",
} as const;

describe.skipIf(NO_BROWSER !== null)(`M9 buying in a browser ${NO_BROWSER ?? ""}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
  });

  async function start(): Promise<{ page: Page; gateway: GatewayProcess }> {
    const gateway = await startGatewayProcess(await temporaryDirectory(), {
      STRIPE_WEBHOOK_SECRET: undefined,
      TOLLGATE_SANDBOX: undefined,
    });
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/`);
    await page.locator("#plan[data-plan-type=free]").waitFor();
    return { page, gateway };
  }

  async function pay(page: Page, card: keyof typeof CARDS): Promise<void> {
    await page.locator(`input[name=method][value="${CARDS[card]}"]`).check();
    await page.locator("button.primary").click();
  }

  async function planOf(page: Page, gateway: GatewayProcess, planType: string): Promise<void> {
    await page.goto(`${gateway.url}/`);
    await page.locator(`#plan[data-plan-type=${planType}]`).waitFor();
  }

  test("a purchase makes the plan professional, and leads to the portal from then on", async () => {
    const { page, gateway } = await start();
    await page.locator("#upgrade").click();
    await pay(page, "good");
    await page.waitForURL(/\/checkout\/return\?session_id=/);
    await page.getByText("professional").first().waitFor();
    await planOf(page, gateway, "professional");
    await page.locator("#manage").click();
    await page.waitForURL(/\/portal\//);
    await page.getByRole("button", { name: "Cancel now" }).click();
    await page.getByText("You have no subscription.").waitFor();
    await planOf(page, gateway, "free");
    await page.close();
    await gateway.stop();
  });

  test("a declined card changes nothing, and 3-D Secure pays when it is approved", async () => {
    const { page, gateway } = await start();
    await page.locator("#upgrade").click();
    await pay(page, "declined");
    await page.getByRole("alert").waitFor();
    expect(await (await fetch(`${gateway.url}/demo/plan`)).json()).toMatchObject({
      planType: "free",
    });
    await pay(page, "secure");
    await page.waitForURL(/\/authenticate\//);
    await page.locator("button[value=approve]").click();
    await page.waitForURL(/\/checkout\/return\?session_id=/);
    await planOf(page, gateway, "professional");
    await page.close();
    await gateway.stop();
  });

  test("whoever leaves the payment page has the plan they had", async () => {
    const { page, gateway } = await start();
    await page.locator("#upgrade").click();
    await page.getByRole("link", { name: "Cancel and go back" }).click();
    await planOf(page, gateway, "free");
    await page.close();
    await gateway.stop();
  });
});
