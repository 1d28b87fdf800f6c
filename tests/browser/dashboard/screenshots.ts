import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../src/hosts/node/config.ts";
import { startGateway } from "../../../src/hosts/node/gateway.ts";
import { launchBrowser } from "../../support/browser.ts";
import { DashboardPage } from "./DashboardPage.ts";
import { fillGateway } from "./fillGateway.ts";

/** Takes a picture of every view into docs/dashboard: npm run screenshots */

const ADMIN_KEY = "screenshots_admin_key";
const FOLDER = join(import.meta.dirname, "../../../docs/dashboard");

/** Name of the picture, where, and what to wait for. */
const PICTURES = [
  ["overview", "/overview", "emil"],
  ["events", "/events", "payout.paid"],
  ["plans", "/plans", "carol"],
  ["functions", "/functions/plans:explain", "As a user, and why"],
  ["data", "/data", "indexes"],
  ["health", "/health", "Dead letters"],
] as const;

const directory = mkdtempSync(join(tmpdir(), "screenshots-"));
mkdirSync(FOLDER, { recursive: true });
const gateway = await startGateway(
  readConfig({
    PORT: "0",
    SANDBOX_PORT: "0",
    TOLLGATE_DATA: directory,
    TOLLGATE_ADMIN_KEY: ADMIN_KEY,
  }),
  { info: () => undefined, error: () => undefined },
);
const browser = await launchBrowser();
try {
  const signingSecret = readFileSync(gateway.keptSigningSecret?.file ?? "", "utf8").trim();
  await fillGateway({ url: gateway.url, adminKey: ADMIN_KEY, signingSecret });
  for (const [width, colorScheme, suffix] of [
    [1280, "light", ""],
    [390, "dark", "-390-dark"],
  ] as const) {
    const dashboard = await DashboardPage.open(browser, gateway.url, { width, height: 720 });
    await dashboard.page.emulateMedia({ colorScheme });
    await dashboard.signIn(ADMIN_KEY);
    for (const [name, hash, shown] of PICTURES) {
      await dashboard.go(hash);
      await dashboard.page.getByText(shown).first().waitFor();
      // Charts are drawn in the frame after their data.
      await dashboard.page.waitForTimeout(500);
      await dashboard.page.screenshot({ path: join(FOLDER, `${name}${suffix}.png`) });
    }
    await dashboard.close();
  }
} finally {
  await browser.close();
  await gateway.close();
  rmSync(directory, { recursive: true });
}
