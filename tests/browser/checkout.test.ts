import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_BROWSER } from "../support/browser.ts";
import {
  type BrowserShop,
  CARDS,
  openBrowserShop,
  pay,
  returned,
  says,
} from "../support/browserShop.ts";

const PENDING = "Your bank takes a while for this payment.";
const WAITING = "We are waiting for the confirmation of your payment.";
const PAID = "Your payment is confirmed. Your plan is professional.";

/** Longer than a delayed payment takes, in the sandbox's time. */
const SETTLED_SECONDS = 200;
/** Until a delivery that was refused is tried again, in the sandbox's time. */
const RETRY_SECONDS = 11;

describe.skipIf(NO_BROWSER !== null)(`M9 buying in a browser ${NO_BROWSER ?? ""}`, () => {
  let shop: BrowserShop;
  beforeAll(async () => {
    shop = await openBrowserShop();
  }, 60_000);
  afterAll(() => shop.close());

  test("M9 from the demo page two clicks pay, and lead to the portal from then on", async () => {
    const page = await shop.newPage();
    await page.goto(`${shop.gateway.url.replace("127.0.0.1", "localhost")}/`);
    await page.locator("#upgrade").click();
    await page.waitForURL(/\/checkout\/cs_test_/);
    await page.getByRole("link", { name: "Cancel and go back" }).click();
    await page.locator("#upgrade").click();
    await page.waitForURL(/\/checkout\/cs_test_/);
    await page.locator("button.primary").click();
    await says(page, PAID);
    await page.getByRole("link", { name: "Back to" }).click();
    expect(page.url()).toBe(`${shop.gateway.url}/`);
    await page.locator("#plan[data-plan-type=professional]").waitFor();
    expect(await page.locator("#upgrade").isVisible()).toBe(false);
    await page.locator("#manage").click();
    await page.waitForURL(/\/portal\//);
    await page.getByRole("button", { name: "Cancel now" }).click();
    await says(page, "You have no subscription.");
    await page.getByRole("link", { name: "Return to the shop" }).click();
    await page.locator("#plan[data-plan-type=free]").waitFor();
    expect(await page.locator("#upgrade").isVisible()).toBe(true);
    await page.context().close();
  });

  test("M9 a declined card changes nothing, and another one pays on the same page", async () => {
    const page = await shop.goToPayment("ann");
    await pay(page, "declined");
    await page.getByRole("alert").waitFor();
    expect(await shop.planOf("ann")).toMatchObject({ planType: "free" });
    await pay(page, "good");
    await says(page, PAID);
    expect(await shop.planOf("ann")).toMatchObject({ planType: "professional" });
    await page.context().close();
  });

  test("M9 3-D Secure that is refused changes nothing, and pays when it is approved", async () => {
    const page = await shop.goToPayment("ben");
    await pay(page, "secure");
    await page.getByRole("button", { name: "Decline" }).click();
    await page.getByRole("alert").waitFor();
    expect(await shop.planOf("ben")).toMatchObject({ planType: "free" });
    await pay(page, "secure");
    await page.getByRole("button", { name: "Approve" }).click();
    await says(page, PAID);
    expect(await shop.planOf("ben")).toMatchObject({ planType: "professional" });
    await page.context().close();
  });

  test("M9 whoever leaves the payment page has the plan they had", async () => {
    const page = await shop.goToPayment("cleo");
    await page.getByRole("link", { name: "Cancel and go back" }).click();
    await page.waitForURL(/\/checkout\/return$/);
    expect(await shop.planOf("cleo")).toMatchObject({ planType: "free" });
    await page.context().close();
  });

  test("M9 K3 a delayed payment is under way, and the open page follows by its live query, or by asking again", async () => {
    const settles = await shop.goToPayment("dora");
    await settles.route("**/checkout/return/state?*", (route) => route.abort());
    await pay(settles, "sepaSettles");
    await says(settles, PENDING);
    const bounces = await shop.goToPayment("emil");
    await bounces.routeWebSocket("**/api/sync", (socket) => socket.close());
    await pay(bounces, "sepaBounces");
    await says(bounces, PENDING);
    for (const ownerId of ["dora", "emil"]) {
      expect(await shop.planOf(ownerId)).toMatchObject({ planType: "free" });
    }
    await shop.control("/clock/advance", { seconds: SETTLED_SECONDS });
    await says(settles, PAID);
    await says(bounces, "The payment did not go through. Your plan is free.");
    expect(await shop.planOf("dora")).toMatchObject({ planType: "professional" });
    expect(await shop.planOf("emil")).toMatchObject({ planType: "free" });
    await settles.context().close();
    await bounces.context().close();
  });

  test("M9 two tabs that pay two sessions make one plan, and an alert", async () => {
    const first = await shop.goToPayment("fay");
    const { planId } = await shop.planOf("fay");
    const sessionId = new URL(first.url()).pathname.split("/").at(-1) ?? "";
    const { sessions } = shop.stripe.checkout;
    const { customer } = await sessions.retrieve(sessionId);
    const [price] = (await shop.stripe.prices.list({ lookup_keys: ["professional_monthly"] })).data;
    const other = await sessions.create({
      mode: "subscription",
      customer: String(customer),
      client_reference_id: planId,
      line_items: [{ price: price?.id ?? "", quantity: 1 }],
      success_url: `${shop.gateway.url}/checkout/return?session_id={CHECKOUT_SESSION_ID}`,
    });
    const second = await first.context().newPage();
    await second.goto(other.url ?? "");
    for (const tab of [first, second]) {
      await pay(tab, "good");
      await says(tab, PAID);
    }
    expect(await shop.planOf("fay")).toMatchObject({
      planType: "professional",
      alerts: [{ code: "second_live_subscription" }],
    });
    await first.context().close();
  });

  test("S11 without script the return page waits for an event that is late, and shows the plan", async () => {
    const page = await shop.goToPayment("gus", { javaScriptEnabled: false });
    await shop.control("/deliveries/settle", {});
    await shop.control("/faults", { kind: "wrong_secret", count: 20 });
    await pay(page, "good");
    await returned(page);
    await says(page, WAITING);
    expect(await shop.planOf("gus")).toMatchObject({ planType: "free" });
    await fetch(`${shop.sandboxUrl}/sandbox/faults`, { method: "DELETE" });
    await shop.control("/clock/advance", { seconds: RETRY_SECONDS });
    await says(page, PAID);
    expect(await shop.planOf("gus")).toMatchObject({ planType: "professional" });
    await page.context().close();
  });

  test("S11 the keyboard alone leads from the demo page to the plan, and shows where it is", async () => {
    const page = await shop.newPage();
    await page.goto(`${shop.gateway.url}/`);
    await page.locator("#upgrade").waitFor();
    await tabTo(page, "Upgrade to professional");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/checkout\/cs_test_/);
    await tabTo(page, CARDS.good);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe(CARDS.declined);
    await page.keyboard.press("ArrowUp");
    await tabTo(page, "Subscribe");
    await page.keyboard.press("Enter");
    await says(page, PAID);
    await page.context().close();
  });
});

/** Presses Tab until what is called or worth `name` has the focus, which must be seen at every step. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(FOCUS_IS_VISIBLE), await focused(page)).toBe(true);
    if ((await focused(page)) === name) {
      return;
    }
  }
  throw new Error(`Tab does not reach ${name}`);
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate(
    "document.activeElement.value || document.activeElement.textContent.trim()",
  );
}

const FOCUS_IS_VISIBLE =
  "document.activeElement.matches(':focus-visible') && " +
  "parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2";
