import type { Browser, Page } from "playwright-core";

/** A step that takes longer has failed: the failure then names the step, and not the test. */
const STEP_TIMEOUT_MS = 8_000;

/** Things that can have the focus, on the fullest page. */
const MAX_TABS = 80;

/** The dashboard in a real browser, as an operator uses it. */
export class DashboardPage {
  readonly page: Page;
  readonly #url: string;
  /** Errors of scripts, refusals by the page's policy, and requests to anybody but the gateway. */
  readonly problems: string[] = [];

  constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    page.on("pageerror", ({ message }) => this.problems.push(message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) {
        this.problems.push(message.text());
      }
    });
    page.on("request", (request) => {
      if (!/^https?:/.test(request.url()) || !request.url().startsWith(url)) {
        this.problems.push(request.url());
      }
    });
  }

  /** Opens the page without a key. */
  static async open(
    browser: Browser,
    url: string,
    { width = 1280, height = 800 }: { width?: number; height?: number } = {},
  ): Promise<DashboardPage> {
    const context = await browser.newContext({
      viewport: { width, height },
      // Without one a browser of a machine without languages has none that is valid.
      locale: "en-US",
    });
    const dashboard = new DashboardPage(await context.newPage(), url);
    await dashboard.page.goto(`${url}/dashboard`);
    return dashboard;
  }

  async signIn(adminKey: string): Promise<void> {
    await this.page.getByLabel("Admin key").fill(adminKey);
    await this.page.keyboard.press("Enter");
  }

  /** @param hash as "/events?status=dead" */
  async go(hash: string): Promise<void> {
    await this.page.goto(`${this.#url}/dashboard#${hash}`);
  }

  /** Presses Tab until something of this name has the focus. @throws Error when nothing has it */
  async tabTo(name: string): Promise<void> {
    for (let pressed = 0; pressed < MAX_TABS; pressed++) {
      await this.page.keyboard.press("Tab");
      const focused = await this.page.evaluate(
        "document.activeElement?.labels?.[0]?.innerText ?? document.activeElement?.innerText",
      );
      if (String(focused).trim() === name) {
        return;
      }
    }
    throw new Error(`${name} cannot be reached with Tab`);
  }

  /** Pixels by which the page, or a field of it, is wider than the window. */
  async overflow(): Promise<unknown> {
    return await this.page.evaluate(`Math.max(
      document.documentElement.scrollWidth - innerWidth,
      ...[...document.querySelectorAll("input, select, button")]
        .map((field) => Math.ceil(field.getBoundingClientRect().right - innerWidth)),
      0,
    )`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
