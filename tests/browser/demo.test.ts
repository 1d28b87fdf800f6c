import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, NO_BROWSER } from "../support/browser.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

describe.skipIf(NO_BROWSER !== null)(`M6 the demo page in a browser ${NO_BROWSER ?? ""}`, () => {
  let browser: Browser;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    browser = await launchBrowser();
    gateway = await startGatewayProcess(await temporaryDirectory(), {
      STRIPE_WEBHOOK_SECRET: undefined,
      TOLLGATE_SANDBOX: undefined,
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
  });

  async function open(): Promise<{ page: Page; problems: string[] }> {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("request", (request) => {
      if (!request.url().startsWith(gateway.url)) {
        problems.push(request.url());
      }
    });
    await page.goto(`${gateway.url}/`);
    await page.locator("#plan[data-plan-type=free]").waitFor();
    return { page, problems };
  }

  test("no way to cheat changes the plan, each by the keyboard alone, and each shows the answer", async () => {
    const { page, problems } = await open();
    for (const [cheat, answered] of [
      ["function", "Could not find public function"],
      ["event", "signature_not_verified"],
    ] as const) {
      await page.locator(`[data-cheat=${cheat}]`).focus();
      await page.keyboard.press("Enter");
      await page.locator("#answer", { hasText: answered }).waitFor();
      expect(await page.locator("#answer").innerText()).toContain("The plan is free.");
    }
    await page.locator("[data-cheat=return]").focus();
    await page.keyboard.press("Enter");
    await page.locator("#answer", { hasNotText: "signature_not_verified" }).waitFor();
    expect(await page.locator("#answer").innerText()).toContain("The plan is free.");
    expect(problems).toEqual([]);
    await page.close();
  });

  test("fits a telephone, and every control has a name", async () => {
    const { page } = await open();
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBe(0);
    const names = await page.getByRole("button").allInnerTexts();
    expect(names).toHaveLength(5);
    expect(names.every((name) => name.trim() !== "")).toBe(true);
    await page.close();
  });

  test("follows the plan when it is paid for, and when it ends", async () => {
    const { page } = await open();
    const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
    const trigger = (type: string) => tollgate(["trigger", type, "--sandbox", sandbox]);
    expect((await trigger("checkout.session.completed")).stdout).toContain("200");
    await page.locator("#plan[data-plan-type=professional]").waitFor();
    expect((await trigger("customer.subscription.deleted")).stdout).toContain("200");
    await page.locator("#plan[data-plan-type=free]").waitFor();
    await page.close();
  });
});
