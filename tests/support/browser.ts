import { existsSync } from "node:fs";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

const CHROME_PATH = process.env["CHROME_PATH"];

/** Why no browser can run here, or null. */
export const NO_BROWSER =
  CHROME_PATH === undefined && !(process.platform === "linux" && process.arch === "x64")
    ? "skipped: no browser here, set CHROME_PATH"
    : null;

/** A real browser without a window. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath =
    CHROME_PATH !== undefined && existsSync(CHROME_PATH)
      ? CHROME_PATH
      : await chromium.executablePath();
  return await playwright.launch({ executablePath, args: ["--no-sandbox"], headless: true });
}
