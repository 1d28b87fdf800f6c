import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { html } from "hono/html";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import type { DoorContext } from "./checkout/answers.ts";
import { backLink, type Html, headersOfLivePage, page } from "./checkout/page.ts";
import { PAGE_STYLE } from "./checkout/pageStyle.ts";
import { RETURN_SCRIPT } from "./checkout/returnScript.ts";
import { VIEW_COOKIE } from "./checkout/viewCookie.ts";

/** Without script the page asks again so often, in seconds, this many times. */
const REFRESH_SECONDS = 3;
const MAX_REFRESHES = 40;

/** Longer is no id of a session. */
const MAX_SESSION_ID_LENGTH = 255;

/**
 * `GET /checkout/return?session_id=…`: where Stripe sends the buyer back. It grants nothing: it waits for
 * the verified event, over a live query where there is a script, and says what the plan is then. A session that is unknown or somebody else's, and a
 * visitor whom it does not know, all get the same page, which tells nothing. `back` is where it leads back
 * to, when that is a configured origin.
 *
 * `GET /checkout/return/state?session_id=…` says the same as JSON, for the page's script, which is
 * `/checkout/return.js`; `/checkout/page.css` is the look of every page of the checkout.
 */
export function checkoutReturn(): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.get("/return", async (c) => {
    const sessionId = c.req.query("session_id") ?? "";
    const address = c.req.query("back") ?? "";
    const back = await c.env.runQuery(internal.checkout.backFrom, { address });
    const refreshes = Math.min(Math.max(Number(c.req.query("refreshes")) || 0, 0), MAX_REFRESHES);
    const live = await liveOf(c);
    const visit = { sessionId, back, refreshes, live };
    const headers = headersOfLivePage(live && new URL(live.address).origin);
    return c.html(returnPage(visit, await stateOf(c, sessionId)), 200, headers);
  });
  app.get("/return/state", async (c) =>
    c.json(await stateOf(c, c.req.query("session_id") ?? ""), 200, { "Cache-Control": "no-store" }),
  );
  app.get("/return.js", (c) =>
    c.body(RETURN_SCRIPT, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  app.get("/page.css", (c) =>
    c.body(PAGE_STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
  return app;
}

interface ReturnState {
  state: "unknown" | "waiting" | "pending" | "paid" | "failed" | "expired";
  planType: string | null;
}

const UNKNOWN: ReturnState = { state: "unknown", planType: null };

async function stateOf(c: DoorContext, sessionId: string): Promise<ReturnState> {
  const ownerId = await viewerOf(c);
  if (ownerId === null || sessionId === "" || sessionId.length > MAX_SESSION_ID_LENGTH) {
    return UNKNOWN;
  }
  const progress = await c.env.runQuery(internal.checkout.progress, { ownerId, sessionId });
  if (progress?.state === "waiting") {
    await c.env.runMutation(internal.checkout.awaitEvent, { ownerId, sessionId });
  }
  return progress ?? UNKNOWN;
}

/** By the token in `Authorization`, else by the cookie that the checkout left. */
async function viewerOf(c: DoorContext): Promise<string | null> {
  if (c.req.header("authorization") !== undefined) {
    const identity = await c.env.auth.getUserIdentity().catch(() => null);
    return identity?.subject ?? null;
  }
  const token = getCookie(c, VIEW_COOKIE);
  return token === undefined ? null : await c.env.runQuery(internal.checkout.viewer, { token });
}

/** How the page's script follows the checkout. */
interface Live {
  address: string;
  /** The token by which the query knows its owner. */
  view: string;
}

/** Null for a visitor without the cookie, and where the address is not known. */
async function liveOf(c: DoorContext): Promise<Live | null> {
  const view = getCookie(c, VIEW_COOKIE);
  const address = view === undefined ? null : await c.env.runQuery(internal.checkout.live, {});
  return view === undefined || address === null ? null : { address, view };
}

interface Visit {
  sessionId: string;
  /** Where the page leads back to. */
  back: string | null;
  refreshes: number;
  live: Live | null;
}

function returnPage(
  { sessionId, back, refreshes, live }: Visit,
  { state, planType }: ReturnState,
): Html {
  if (state !== "waiting" && state !== "pending") {
    const text = html`<p role="status">${sentence(state, planType)}</p>${backLink(back)}`;
    return page(TITLES[state], text);
  }
  const visit = { session_id: sessionId, ...(back !== null && { back }) };
  const address = (more: Record<string, string> = {}) =>
    `/checkout/return?${new URLSearchParams({ ...visit, ...more })}`;
  const again = address({ refreshes: String(refreshes + 1) });
  const isOver = refreshes >= MAX_REFRESHES;
  const head = isOver
    ? html``
    : html`<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS};url=${again}"></noscript>
<script src="/checkout/return.js" defer></script>`;
  const follow = live && html` data-live="${live.address}" data-view="${live.view}"`;
  const text = html`<p role="status" id="status" data-state="${state}"${follow ?? ""}>${sentence(state, planType)}</p>
<p>Your plan at present: <strong id="plan">${planType ?? "free"}</strong>.</p>
<p><a href="${address()}">Look again</a></p>${backLink(back)}`;
  return page(TITLES[state], text, head);
}

const TITLES: Readonly<Record<ReturnState["state"], string>> = {
  unknown: "Checkout",
  waiting: "One moment",
  pending: "Payment under way",
  paid: "Thank you",
  failed: "The payment failed",
  expired: "The checkout is over",
};

function sentence(state: ReturnState["state"], planType: string | null): string {
  switch (state) {
    case "unknown":
      return "If you have paid, the payment is being processed. You can close this page.";
    case "waiting":
      return "We are waiting for the confirmation of your payment. Your plan changes when it is here.";
    case "pending":
      return "Your bank takes a while for this payment. Your plan changes when it has gone through.";
    case "paid":
      return `Your payment is confirmed. Your plan is ${planType}.`;
    case "failed":
      return `The payment did not go through. Your plan is ${planType}.`;
    case "expired":
      return `This checkout is over, and nothing was bought. Your plan is ${planType}.`;
  }
}
