import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import { launchBrowser, NO_BROWSER } from "../support/browser.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { DashboardPage } from "./dashboard/DashboardPage.ts";
import { fillGateway } from "./dashboard/fillGateway.ts";

/** Each view, and something that only shows once its data is there. */
const VIEWS = [
  ["/overview", "Last changes", "ann"],
  ["/events", "Events", "checkout.session.completed"],
  ["/plans", "Plans", "carol"],
  ["/functions", "Functions", "audit:"],
  ["/data", "Data", "_creationTime"],
  ["/health", "Checks", "Dead letters"],
] as const;

describe.skipIf(NO_BROWSER !== null)(`the dashboard in a browser ${NO_BROWSER ?? ""}`, () => {
  let browser: Browser;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([
      launchBrowser(),
      startGatewayProcess(await temporaryDirectory()),
    ]);
    await fillGateway({
      url: gateway.url,
      adminKey: TEST_ADMIN_KEY,
      signingSecret: TEST_SIGNING_SECRET,
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
  });

  test("B1 without the admin key the page is a form and asks for nothing", async () => {
    const answer = await fetch(`${gateway.url}/dashboard`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const asked: string[] = [];
    dashboard.page.on("request", (request) => asked.push(request.url()));
    dashboard.page.on("websocket", (socket) => asked.push(socket.url()));
    await dashboard.page.getByLabel("Admin key").waitFor();
    await dashboard.go("/events");
    expect(asked).toEqual([]);
    await dashboard.signIn("not the key of this one");
    await dashboard.page.getByText("not the admin key").waitFor();
    expect(await dashboard.page.locator("body").innerText()).not.toContain("ann");
    await dashboard.close();
  });

  test("B2 every view shows its data, at 1280 and 390 pixels, without a serious finding of axe in both themes", async () => {
    for (const [width, theme] of [
      [1280, "light"],
      [390, "dark"],
    ] as const) {
      const dashboard = await DashboardPage.open(browser, gateway.url, { width });
      await dashboard.page.emulateMedia({ colorScheme: theme });
      await dashboard.signIn(TEST_ADMIN_KEY);
      for (const [hash, heading, shown] of VIEWS) {
        await dashboard.go(hash);
        await dashboard.page.getByRole("heading", { name: heading }).first().waitFor();
        if (hash !== "/data") {
          await dashboard.page.getByText(shown).first().waitFor();
        }
        expect([hash, await dashboard.overflow()]).toEqual([hash, 0]);
        expect([hash, await seriousFindings(dashboard)]).toEqual([hash, []]);
      }
      expect(dashboard.problems).toEqual([]);
      await dashboard.close();
    }
  }, 60_000);

  test("B3 an event is found by the keyboard alone, and its body is redacted unless asked for", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    await dashboard.signIn(TEST_ADMIN_KEY);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByText("payout.paid").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("cs_shown0");
    await page.getByText("1 shown").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.locator(".list-row:focus").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "checkout.session.completed" }).waitFor();
    await page.getByRole("tab", { name: "Body" }).click();
    const body = page.getByRole("region", { name: "Body of the event" });
    await body.getByText("[redacted]").first().waitFor();
    expect(await body.innerText()).not.toContain("buyer@example.org");
    await page.getByRole("button", { name: "Show everything" }).click();
    await body.getByText("buyer@example.org").first().waitFor();
    await page.keyboard.press("Escape");
    await page
      .getByRole("heading", { name: "checkout.session.completed" })
      .waitFor({ state: "detached" });
    expect(dashboard.problems).toEqual([]);
    await dashboard.close();
  });

  test("B4 an event is replayed, and many, each after a question", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    await dashboard.signIn(TEST_ADMIN_KEY);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await dashboard.go("/events?type=payout.paid");
    await page.locator(".list-row").first().click();
    await page.getByRole("button", { name: "Replay…" }).click();
    await page.getByLabel("Reason").fill("to see that it changes nothing");
    await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
    await page.getByText("Done: the event is recorded.").waitFor();
    await page.getByRole("link", { name: "Close" }).click();
    await page.locator(".list-row:focus").waitFor();
    await page.getByRole("button", { name: "Replay many…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("State").selectOption("recorded");
    await dialog.getByRole("button", { name: "Replay" }).click();
    await page.getByText(/^[1-9]\d* replayed, 0 failed/).waitFor();
    expect(dashboard.problems).toEqual([]);
    await dashboard.close();
  });

  test("B4 a function is run with a form made from its validators", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    await dashboard.signIn(TEST_ADMIN_KEY);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await dashboard.go("/functions/plans:explain");
    await page.getByLabel(/^of/).fill("ann");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("region", { name: "Value" }).getByText("This plan is").waitFor();
    await dashboard.close();
  });
});

describe.skipIf(NO_BROWSER !== null)(
  `B5 a customer who paid and has no plan ${NO_BROWSER ?? ""}`,
  () => {
    test("is found, has no event, and has the plan after a reconcile, with its reason; Health asks Stripe", async () => {
      const browser = await launchBrowser();
      const gateway = await startGatewayProcess(await temporaryDirectory(), {
        STRIPE_WEBHOOK_SECRET: undefined,
        TOLLGATE_SANDBOX: undefined,
      });
      const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
      await fetch(`${sandbox}/sandbox/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ kind: "drop", count: 50 }),
      });
      const shop = await browser.newPage();
      await shop.goto(`${gateway.url}/`);
      await shop.locator("#plan[data-plan-type=free]").waitFor();
      await shop.locator("#upgrade").click();
      await shop.locator("button.primary", { hasText: "Subscribe" }).click();
      await shop.waitForURL(/\/checkout\/return/);

      const dashboard = await DashboardPage.open(browser, gateway.url);
      const { page } = dashboard;
      await dashboard.signIn(TEST_ADMIN_KEY);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      await dashboard.go("/plans");
      await page.getByRole("searchbox").fill("demo");
      await page.getByRole("link", { name: /demo/ }).click();
      await page.getByRole("heading", { name: "No event" }).waitFor();
      await page.getByRole("button", { name: "Reconcile with Stripe" }).click();
      await page.getByText("This plan is professional").waitFor();
      await page.getByRole("heading", { name: "The event it rests on" }).waitFor();
      await dashboard.go("/health");
      await page.getByRole("button", { name: "Ask Stripe" }).click();
      await page.getByText("Events of the endpoint").waitFor();
      expect(dashboard.problems).toEqual([]);
      await browser.close();
    }, 60_000);
  },
);

/** What axe calls serious or critical on the page as it is. */
async function seriousFindings({ page }: DashboardPage): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run(document)")) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}
