import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_BROWSER } from "../support/browser.ts";
import { type BrowserShop, openBrowserShop } from "../support/browserShop.ts";
import { tollgate } from "../support/tollgateCli.ts";

describe.skipIf(NO_BROWSER !== null)(`M6 the demo page in a browser ${NO_BROWSER ?? ""}`, () => {
  let shop: BrowserShop;
  beforeAll(async () => {
    shop = await openBrowserShop();
  }, 60_000);
  afterAll(() => shop.close());

  async function open(): Promise<{ page: Page; problems: string[] }> {
    const page = await shop.newPage({ viewport: { width: 390, height: 800 } });
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("request", (request) => {
      if (!request.url().startsWith(shop.gateway.url)) {
        problems.push(request.url());
      }
    });
    await page.goto(`${shop.gateway.url}/`);
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
    await page.context().close();
  });

  test("every control has a name, and with nothing bought Manage says so", async () => {
    const { page } = await open();
    const names = await page.getByRole("button").allInnerTexts();
    expect(names).toHaveLength(5);
    expect(names.every((name) => name.trim() !== "")).toBe(true);
    await page.locator("#manage").click();
    await page.getByRole("alert").getByText("there is nothing to manage").waitFor();
    await page.context().close();
  });

  test("follows the plan when it is paid for, and when it ends", async () => {
    const { page } = await open();
    const trigger = (type: string) => tollgate(["trigger", type, "--sandbox", shop.sandboxUrl]);
    expect((await trigger("checkout.session.completed")).stdout).toContain("200");
    await page.locator("#plan[data-plan-type=professional]").waitFor();
    expect((await trigger("customer.subscription.deleted")).stdout).toContain("200");
    await page.locator("#plan[data-plan-type=free]").waitFor();
    await page.context().close();
  });

  test("says that the gateway has stopped, and shows the plan when it is back", async () => {
    const { page } = await open();
    await shop.stopGateway();
    await page.getByText("The gateway does not answer.").waitFor();
    expect(await page.locator("#upgrade").isVisible()).toBe(false);
    expect(await page.locator("#manage").isEnabled()).toBe(false);
    await page.locator("[data-cheat=event]").click();
    await page.getByText("The gateway did not answer").waitFor();
    await shop.startGatewayAgain();
    await page.locator("#plan[data-plan-type=free]").waitFor();
    expect(await page.locator("#upgrade").isVisible()).toBe(true);
    await page.context().close();
  });
});
