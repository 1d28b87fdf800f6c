import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_BROWSER } from "../support/browser.ts";
import { type BrowserShop, openBrowserShop, pay, says } from "../support/browserShop.ts";

const NARROW = { width: 390, height: 800 };
const WIDE = { width: 1280, height: 800 };

/** What must not be found. */
const GRAVE = ["serious", "critical"];

describe.skipIf(NO_BROWSER !== null)(`S12 every page for everybody ${NO_BROWSER ?? ""}`, () => {
  let shop: BrowserShop;
  beforeAll(async () => {
    shop = await openBrowserShop();
  }, 60_000);
  afterAll(() => shop.close());

  test("S12 the demo page, as free, with an answer, and as professional", async () => {
    const page = await shop.newPage();
    await page.goto(`${shop.gateway.url}/`);
    await page.locator("#plan[data-plan-type=free]").waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await page.locator("#manage").click();
    await page.locator("#message", { hasText: "customer_not_found" }).waitFor();
    await page.locator("[data-cheat=event]").click();
    await page.locator("#answer", { hasText: "signature_not_verified" }).waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await page.locator("#upgrade").click();
    await page.waitForURL(/\/checkout\/cs_test_/);
    await pay(page, "good");
    await page.goto(`${shop.gateway.url}/`);
    await page.locator("#plan[data-plan-type=professional]").waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await page.context().close();
  });

  test("S12 the way of a purchase: confirmation, payment, refusal, 3-D Secure, return, portal", async () => {
    const page = await shop.newPage();
    await page.goto(shop.checkoutLink("ann"));
    expect(await flawsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.waitForURL(/\/checkout\/cs_test_/);
    expect(await flawsOf(page)).toEqual([]);
    await pay(page, "declined");
    await page.getByRole("alert").waitFor();
    expect(await flawsOf(page)).toEqual([]);
    await pay(page, "secure");
    await page.waitForURL(/\/authenticate\//);
    expect(await flawsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "Approve" }).click();
    await says(page, "Your plan is professional.");
    expect(await flawsOf(page)).toEqual([]);
    await page.goto(shop.checkoutLink("ann"));
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.waitForURL(/\/portal\//);
    expect(await flawsOf(page)).toEqual([]);
    await page.context().close();
  });

  test("S12 what waits, what is refused, and what nobody knows", async () => {
    const page = await shop.goToPayment("ben");
    await pay(page, "sepaSettles");
    await says(page, "Your bank takes a while for this payment.");
    expect(await flawsOf(page)).toEqual([]);
    for (const address of [
      `${shop.gateway.url}/checkout/return?session_id=cs_test_unknown`,
      `${shop.gateway.url}/checkout?link=1.2.3`,
      `${shop.sandboxUrl}/checkout/cs_test_unknown`,
    ]) {
      await page.goto(address);
      expect(await flawsOf(page), address).toEqual([]);
    }
    await page.context().close();
  });

  test("S12 the check finds what is wrong with a page", async () => {
    const page = await shop.newPage();
    await page.goto(`${shop.gateway.url}/`);
    await page.locator("#plan[data-plan-type=professional]").waitFor();
    await page.evaluate(SPOIL);
    const flaws = (await flawsOf(page)).join("\n");
    for (const flaw of ["dark color-contrast", "button-name", "too wide at 390", "P moves"]) {
      expect(flaws).toContain(flaw);
    }
    await page.context().close();
  });
});

const SPOIL = `
  document.querySelector("#reason").style.cssText = "color: #333; width: 600px; transition: opacity 1s";
  document.querySelector("[data-cheat=event]").textContent = "";`;

/** What axe-core finds in light and dark, what sticks out of a narrow or wide window, and what moves. */
async function flawsOf(page: Page): Promise<string[]> {
  const flaws: string[] = [];
  await page.evaluate(axe.source);
  await page.evaluate(NAME_BACKGROUND);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = (await page.evaluate(FIND)) as axe.AxeResults;
    expect(found.passes.length).toBeGreaterThan(10);
    flaws.push(
      ...found.violations
        .filter(({ impact }) => GRAVE.includes(String(impact)))
        .map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    );
  }
  for (const viewport of [NARROW, WIDE]) {
    await page.setViewportSize(viewport);
    const overflow = (await page.evaluate(OVERFLOW)) as number;
    flaws.push(...(overflow === 0 ? [] : [`${overflow} px too wide at ${viewport.width}`]));
  }
  const moving = (await page.evaluate(MOVING)) as string[];
  return [...flaws, ...moving.map((name) => `${name} moves`)];
}

/** Where a page names no background, axe-core takes white for what the browser paints. */
const NAME_BACKGROUND = "document.documentElement.style.background = 'Canvas'";

/** Style sheets are not fetched again: the pages' policies allow no such thing. */
const FIND = "axe.run(document, { preload: false })";

const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const MOVING = `[...document.querySelectorAll("*")]
  .filter((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== "none" || transitionDuration !== "0s";
  })
  .map(({ tagName }) => tagName)`;
