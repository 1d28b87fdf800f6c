import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { readConfig } from "../src/hosts/node/config.ts";
import { startGateway } from "../src/hosts/node/gateway.ts";
import { launchBrowser } from "../tests/support/browser.ts";

/**
 * How long a buyer waits for the plan: npm run bench:checkout [-- --runs N]
 *
 * N buyers (100), each an owner of their own, buy from the demo page of one gateway in one browser. The time of
 * a run is from the click that pays on the hosted page until the return page says that the plan is
 * professional, delivery and commit included.
 */
const { values } = parseArgs({ options: { runs: { type: "string", default: "100" } } });
const directory = mkdtempSync(join(tmpdir(), "bench-checkout-"));
const config = readConfig({ PORT: "0", SANDBOX_PORT: "0", TOLLGATE_DATA: directory });
const gateway = await startGateway(config, { info: () => undefined, error: () => undefined });
const browser = await launchBrowser();
try {
  const timesMs: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const page = await browser.newPage();
    await signIn(page, `buyer ${run}`);
    timesMs.push(await buy(page));
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

/** The demo page knows one owner only; on this page it is somebody else. */
async function signIn(page: Page, owner: string): Promise<void> {
  const answer = await fetch(`${gateway.sandboxUrl}/sandbox/owners`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ owner }),
  });
  const json = await answer.json();
  await page.route("**/demo/sign-in", (route) => route.fulfill({ json }));
}

async function buy(page: Page): Promise<number> {
  await page.goto(`${gateway.url}/`);
  await page.locator("#upgrade").click();
  const button = page.locator("button.primary", { hasText: "Subscribe" });
  await button.waitFor();
  const startMs = performance.now();
  await button.click();
  await page.getByText("Your plan is professional.").waitFor();
  return performance.now() - startMs;
}
