import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import Stripe from "stripe";
import { readConfig } from "../src/hosts/node/config.ts";
import { startGateway } from "../src/hosts/node/gateway.ts";
import { launchBrowser } from "../tests/support/browser.ts";

/**
 * How long a buyer waits for the plan: npm run bench:checkout [-- --runs N]
 *
 * Buys N times (100) from the demo page in a browser. The time of a run is from the click that pays on the
 * hosted page until the return page says that the plan is professional, delivery and commit included.
 */
const { values } = parseArgs({ options: { runs: { type: "string", default: "100" } } });
const directory = mkdtempSync(join(tmpdir(), "bench-checkout-"));
const config = readConfig({ PORT: "0", SANDBOX_PORT: "0", TOLLGATE_DATA: directory });
const gateway = await startGateway(config, { info: () => undefined, error: () => undefined });
const browser = await launchBrowser();
const { hostname, port } = new URL(gateway.sandboxUrl ?? "");
const stripe = new Stripe("sk_test_bench", {
  host: hostname,
  port: Number(port),
  protocol: "http",
});
try {
  const timesMs: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const page = await browser.newPage();
    timesMs.push(await buy(page));
    await cancel(page);
    await page.close();
  }
  timesMs.sort((a, b) => a - b);
  for (const [name, share] of Object.entries({ p50: 0.5, p95: 0.95, max: 1 })) {
    const timeMs = timesMs[Math.ceil(timesMs.length * share) - 1] ?? 0;
    process.stdout.write(`${name}  ${Math.round(timeMs)} ms\n`);
  }
} finally {
  await browser.close();
  await gateway.close();
  rmSync(directory, { recursive: true });
}

async function buy(page: Page): Promise<number> {
  await page.goto(`${gateway.url}/`);
  await page.locator("#plan[data-plan-type=free]").waitFor();
  await page.locator("#upgrade").click();
  const button = page.locator("button.primary", { hasText: "Subscribe" });
  await button.waitFor();
  const startMs = performance.now();
  await button.click();
  await page.getByText("Your plan is professional.").waitFor();
  return performance.now() - startMs;
}

async function cancel(page: Page): Promise<void> {
  for (const { id } of (await stripe.subscriptions.list({ status: "active" })).data) {
    await stripe.subscriptions.cancel(id);
  }
  await page.goto(`${gateway.url}/`);
  await page.locator("#plan[data-plan-type=free]").waitFor();
}
