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

let browser: Browser;
beforeAll(async () => {
  if (NO_BROWSER === null) {
    browser = await launchBrowser();
  }
}, 60_000);
afterAll(async () => await browser?.close());

describe.skipIf(NO_BROWSER !== null)(`the dashboard in a browser ${NO_BROWSER ?? ""}`, () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await startGatewayProcess(await temporaryDirectory());
    await fillGateway({
      url: gateway.url,
      adminKey: TEST_ADMIN_KEY,
      signingSecret: TEST_SIGNING_SECRET,
    });
  }, 60_000);

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

  test("B4 a function is run with a form made from its validators, scheduled, and canceled", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    await dashboard.signIn(TEST_ADMIN_KEY);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await dashboard.go("/functions/plans:explain");
    await page.getByLabel(/^of/).fill("ann");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("region", { name: "Value" }).getByText("This plan is").waitFor();
    await dashboard.go("/functions/plans:open");
    await page.getByLabel(/^ownerId/).fill("later");
    await page.getByLabel(/^in/).fill("3600");
    await page.getByRole("button", { name: "Schedule" }).click();
    await page.getByRole("region", { name: "Result" }).getByText("success").waitFor();
    await page.getByRole("tab", { name: "Scheduled" }).click();
    const row = page.getByRole("row").filter({ hasText: "plans.js:open" });
    await row.getByRole("button", { name: "Cancel…" }).click();
    await page.getByLabel("Reason", { exact: false }).last().fill("not wanted any more");
    await page.getByRole("button", { name: "Cancel it" }).click();
    await row.getByText("canceled").waitFor();
    expect(await reasonsOf(gateway)).toMatchObject({ "jobs.js:cancel": "not wanted any more" });
    await dashboard.close();
  });

  test("B2 what is open, and what asks, has no serious finding of axe and fits, at 390 light and 1280 dark", async () => {
    for (const [width, theme] of [
      [390, "light"],
      [1280, "dark"],
    ] as const) {
      const dashboard = await DashboardPage.open(browser, gateway.url, { width });
      const { page } = dashboard;
      await page.emulateMedia({ colorScheme: theme });
      await dashboard.signIn(TEST_ADMIN_KEY);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      for (const [hash, heading, button] of [
        ["/events?of=sub_unreadable00", "customer.subscription.updated", "Mark dead…"],
        ["/plans?of=fay", "fay", "Reconcile with Stripe…"],
        ["/functions/inbox:replay", "inbox:replay", "Help"],
      ] as const) {
        await dashboard.go(hash);
        if (hash.includes("?")) {
          await page.locator(".list-row").first().click();
        }
        await page.getByRole("heading", { name: heading }).waitFor();
        expect([hash, await seriousFindings(dashboard)]).toEqual([hash, []]);
        await page.getByRole("button", { name: button }).click();
        await page.getByRole("dialog").waitFor();
        expect([button, await dashboard.overflow()]).toEqual([button, 0]);
        expect([button, await seriousFindings(dashboard)]).toEqual([button, []]);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      expect(dashboard.problems).toEqual([]);
      await dashboard.close();
    }
  }, 60_000);

  test("B8 with the keyboard alone an operator signs in, finds an event, and marks it dead for a reason", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    const { keyboard } = page;
    await page.getByLabel("Admin key").waitFor();
    await dashboard.tabTo("Admin key");
    await keyboard.type(TEST_ADMIN_KEY);
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await keyboard.press("g");
    await keyboard.press("e");
    await page.getByText("payout.paid").waitFor();
    await keyboard.press("/");
    await keyboard.type("sub_unreadable00");
    await page.getByText("1 shown").waitFor();
    await keyboard.press("Escape");
    await keyboard.press("j");
    await page.locator(".list-row:focus").waitFor();
    await keyboard.press("Enter");
    await page.getByRole("heading", { name: "customer.subscription.updated" }).waitFor();
    await dashboard.tabTo("Mark dead…");
    await keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await dashboard.tabTo("Mark dead");
    await keyboard.press("Enter");
    // Without a reason nothing is sent: the field has the focus, and says so.
    await page.locator("input[name=reason]:focus:invalid").waitFor();
    await keyboard.type("of a shape that nobody reads");
    await keyboard.press("Enter");
    await page.getByText("marked_dead: of a shape that nobody reads").first().waitFor();
    await page.locator(".dialog").waitFor({ state: "detached" });
    await keyboard.press("Escape");
    await page.locator(".list-row:focus").waitFor();
    expect(dashboard.problems).toEqual([]);
    await dashboard.close();
  });

  test("B9 a key that is revoked while the page is open ends it, and says so", async () => {
    const call = async (verb: string, body: object) => {
      const answer = await fetch(`${gateway.url}/api/v1/${verb}_admin_key`, {
        method: "POST",
        headers: { authorization: `Convex ${TEST_ADMIN_KEY}` },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as { key: string };
    };
    const { key } = await call("create", { name: "guest", role: "read-only" });
    const dashboard = await DashboardPage.open(browser, gateway.url);
    await dashboard.signIn(key);
    await dashboard.page.getByText("carol").or(dashboard.page.getByText("emil")).first().waitFor();
    await call("revoke", { name: "guest" });
    await dashboard.page.getByText("The gateway takes this key no more.").waitFor();
    expect(await dashboard.page.locator("body").innerText()).not.toMatch(/emil|carol/);
    await dashboard.close();
  });

  test("B10 while the gateway is away the page says so, and is live again when it is back", async () => {
    const dashboard = await DashboardPage.open(browser, gateway.url);
    const { page } = dashboard;
    await dashboard.signIn(TEST_ADMIN_KEY);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await dashboard.go("/plans");
    await page.getByText("carol").waitFor();
    await gateway.kill();
    await page.getByText("The gateway is away.").waitFor();
    expect(await page.getByText("carol").isVisible()).toBe(true);
    gateway = await startGatewayProcess(gateway.dataDirectory, { PORT: new URL(gateway.url).port });
    await page.getByText("The gateway is away.").waitFor({ state: "detached", timeout: 20_000 });
    await gateway.run("plans:open", { ownerId: "gwen" });
    await page.getByText("gwen").waitFor();
    await dashboard.close();
  }, 40_000);
});

describe.skipIf(NO_BROWSER !== null)(
  `B5 a customer who paid and has no plan ${NO_BROWSER ?? ""}`,
  () => {
    test("is found, has no event, and has the plan after a reconcile, with its reason; Health asks Stripe", async () => {
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
      await page.getByRole("button", { name: "Reconcile with Stripe…" }).click();
      await page.getByLabel("Reason").fill("paid and has no plan");
      await page.getByRole("button", { name: "Reconcile", exact: true }).click();
      await page.getByText("This plan is professional").waitFor();
      await page.getByRole("heading", { name: "The event it rests on" }).waitFor();
      await page.getByRole("tab", { name: "Stripe's objects" }).click();
      await page.getByRole("button", { name: "Refetch…" }).click();
      await page.getByLabel("Reason").fill("to be sure");
      await page.getByRole("button", { name: "Refetch", exact: true }).click();
      await page.getByText("Read from Stripe, and taken in.").waitFor();
      expect(await reasonsOf(gateway)).toEqual({
        "reconcile.js:run": "paid and has no plan",
        "refetch.js:now": "to be sure",
      });
      await dashboard.go("/health");
      await page.getByRole("button", { name: "Ask Stripe" }).click();
      await page.getByText("Events of the endpoint").waitFor();
      expect(dashboard.problems).toEqual([]);
      await dashboard.close();
      await shop.close();
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

/** The reasons that are in the record of what operators did, by function. */
async function reasonsOf(gateway: GatewayProcess): Promise<Record<string, string>> {
  const { page } = (await gateway.run("_system/cli/tableData", {
    ...{ table: "_operator_actions", order: "desc" },
    paginationOpts: { numItems: 100, cursor: null },
  })) as { page: { functionPath: string; reason: string | null }[] };
  return Object.fromEntries(
    page.flatMap(({ functionPath, reason }) => (reason === null ? [] : [[functionPath, reason]])),
  );
}
