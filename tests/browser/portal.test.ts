import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_BROWSER } from "../support/browser.ts";
import { type BrowserShop, openBrowserShop, pay, says } from "../support/browserShop.ts";
import { eventually } from "../support/eventually.ts";

const MONTH_SECONDS = 32 * 24 * 3_600;

describe.skipIf(NO_BROWSER !== null)(`M9 the portal in a browser ${NO_BROWSER ?? ""}`, () => {
  let shop: BrowserShop;
  beforeAll(async () => {
    shop = await openBrowserShop();
  }, 60_000);
  afterAll(() => shop.close());

  /** The portal of an owner who has just bought the professional plan. */
  async function portalOf(ownerId: string): Promise<Page> {
    const page = await shop.goToPayment(ownerId);
    await pay(page, "good");
    await says(page, "Your plan is professional.");
    await page.goto(shop.checkoutLink(ownerId));
    await page.getByRole("button", { name: "Continue to payment" }).click();
    await page.waitForURL(/\/portal\//);
    return page;
  }

  async function planBecomes(ownerId: string, planType: string): Promise<void> {
    await eventually(async () => expect(await shop.planOf(ownerId)).toMatchObject({ planType }));
  }

  test("M9 another plan is chosen there, and the event makes it the plan", async () => {
    const page = await portalOf("ann");
    await page.getByLabel("Other plans").selectOption({ label: "Enterprise, €99.00 each month" });
    await page.getByRole("button", { name: "Switch plan" }).click();
    await page.getByRole("heading", { name: "Enterprise, €99.00 each month" }).waitFor();
    await planBecomes("ann", "enterprise");
    await page.context().close();
  });

  test("M9 an end that is planned there leaves the plan until then, and can be taken back", async () => {
    const page = await portalOf("ben");
    await page.getByRole("button", { name: "Cancel at the end of the period" }).click();
    await says(page, "It ends on");
    await page.getByRole("button", { name: "Do not cancel" }).click();
    await says(page, "It renews on");
    await shop.control("/clock/advance", { seconds: MONTH_SECONDS });
    await shop.control("/deliveries/settle", {});
    expect(await shop.planOf("ben")).toMatchObject({ planType: "professional" });
    await page.reload();
    await page.getByRole("button", { name: "Cancel at the end of the period" }).click();
    await says(page, "It ends on");
    await shop.control("/deliveries/settle", {});
    expect(await shop.planOf("ben")).toMatchObject({ planType: "professional" });
    await shop.control("/clock/advance", { seconds: MONTH_SECONDS });
    await planBecomes("ben", "free");
    await page.reload();
    await says(page, "You have no subscription.");
    await page.context().close();
  });
});
