import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import { readConfig } from "../src/hosts/node/config.ts";
import { DATABASE_FILE, startGateway } from "../src/hosts/node/gateway.ts";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { DashboardPage } from "../tests/browser/dashboard/DashboardPage.ts";
import { launchBrowser } from "../tests/support/browser.ts";
import { GatewayInProcess } from "./gateway/GatewayInProcess.ts";
import { openGatewayInProcess } from "./gateway/openGatewayInProcess.ts";

/**
 * How long the dashboard takes with a large ledger: npm run bench:dashboard [-- --events N]
 *
 * Takes in N events (100,000) about N / 20 plans, and opens the dashboard on them in a browser: first paint,
 * the views with their data, a search, and an event that is opened.
 */
const { values } = parseArgs({ options: { events: { type: "string", default: "100000" } } });
const ADMIN_KEY = "bench_admin_key_0123456789";
const directory = mkdtempSync(join(tmpdir(), "bench-dashboard-"));
const store = openNodeSqliteStore({ path: join(directory, DATABASE_FILE) });
const progress = new Progress(new Output(process, false), "events taken in");
await (await openGatewayInProcess(store)).takeIn(Number(values.events), (done, total) =>
  progress.update(done, total),
);
progress.stop();
store.close();
const gateway = await startGateway(
  readConfig({
    PORT: "0",
    TOLLGATE_SANDBOX: "off",
    TOLLGATE_DATA: directory,
    TOLLGATE_ADMIN_KEY: ADMIN_KEY,
    STRIPE_WEBHOOK_SECRET: GatewayInProcess.secret,
  }),
  { info: () => undefined, error: () => undefined },
);
const browser = await launchBrowser();
try {
  // The build that the first request of a process pays for is told apart.
  await timed("build and page", async () => (await fetch(`${gateway.url}/dashboard`)).text());
  const dashboard = await DashboardPage.open(browser, gateway.url);
  const { page } = dashboard;
  await page.getByLabel("Admin key").waitFor();
  const paintMs = await page.evaluate(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  );
  tell("first paint", Number(paintMs));
  await timed("sign in, ledger's size", async () => {
    await dashboard.signIn(ADMIN_KEY);
    await page
      .locator(".tile strong", { hasText: Number(values.events).toLocaleString("en") })
      .waitFor();
  });
  await timed("events, first page", async () => {
    await dashboard.go("/events");
    await page.locator(".list-row").first().waitFor();
  });
  await timed("2,000 pixels further", async () => {
    await page.evaluate("document.querySelector('.scroller').scrollTop = 2000");
    await page.locator("[data-index='50']").waitFor();
  });
  await timed("search by an id", async () => {
    await page.getByRole("searchbox").fill("evt_bench_777");
    await page.getByText("evt_bench_777", { exact: true }).waitFor();
    await page.locator("[data-index='0']", { hasText: "evt_bench_777" }).waitFor();
  });
  await timed("open an event", async () => {
    await page.locator(".list-row").first().click();
    await page.getByText("SHA").or(page.getByText("Made at Stripe")).first().waitFor();
  });
  await timed("plans, first page", async () => {
    await dashboard.go("/plans");
    await page.locator(".list-row").first().waitFor();
  });
  await timed("a plan, explained", async () => {
    await page.locator(".list-row").first().click();
    await page.getByText("This plan is").waitFor();
  });
} finally {
  await browser.close();
  await gateway.close();
  rmSync(directory, { recursive: true });
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await work();
  tell(what, performance.now() - startMs);
}

function tell(what: string, ms: number): void {
  process.stdout.write(`${what.padEnd(24)} ${Math.round(ms)} ms\n`);
}
