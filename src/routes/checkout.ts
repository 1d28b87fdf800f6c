import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { html } from "hono/html";
import * as z from "zod";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import {
  type DoorContext,
  readFields,
  refused,
  requestInvalid,
  wantsJson,
} from "./checkout/answers.ts";
import { PAGE_HEADERS, page } from "./checkout/page.ts";
import { VIEW_COOKIE, VIEW_COOKIE_SECONDS } from "./checkout/viewCookie.ts";

const fields = z.object({
  link: z.string().exactOptional(),
  plan: z.string().exactOptional(),
  interval: z.string().exactOptional(),
  lookupKey: z.string().exactOptional(),
  seats: z.coerce.number().exactOptional(),
  returnUrl: z.string().exactOptional(),
  cancelUrl: z.string().exactOptional(),
});

/**
 * `POST /checkout` (form or JSON): begins a purchase and leads to Stripe's page with 303; to a client that
 * asks for JSON, `{ url, sessionId }`. An owner with a subscription is led to the portal (`sessionId` null).
 * Who is asking is said by a token in `Authorization`, or by a signed `link`, which also says the plan.
 *
 * `GET /checkout?link=…`: a page with the button for it. Nothing is made by a GET.
 */
export function checkout(): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.get("/", async (c) => {
    const link = c.req.query("link") ?? "";
    try {
      const { plan, interval } = await c.env.runQuery(internal.checkout.readLink, { link });
      const form = html`<form method="post" action="/checkout">
<input type="hidden" name="link" value="${link}">
<p>You are about to buy the ${plan} plan, paid ${interval === "once" ? "once" : `every ${interval}`}.</p>
<button>Continue to payment</button></form>`;
      return c.html(page("Checkout", form), 200, PAGE_HEADERS);
    } catch (error) {
      return await refused(c, error);
    }
  });
  app.post("/", async (c) => {
    const parsed = fields.safeParse(await readFields(c));
    if (!parsed.success) {
      return await requestInvalid(c);
    }
    const { link, ...request } = parsed.data;
    try {
      const asked = await whoAsks(c, link, request);
      const destination = await c.env.runAction(internal.checkout.start, asked);
      await rememberViewer(c, asked.ownerId);
      return wantsJson(c) ? c.json(destination) : c.redirect(destination.url, 303);
    } catch (error) {
      return await refused(c, error);
    }
  });
  app.all("/", (c) => c.json({ code: "method_not_allowed" }, 405, { Allow: "GET, HEAD, POST" }));
  return app;
}

type Request = Omit<z.infer<typeof fields>, "link">;

async function whoAsks(
  c: DoorContext,
  link: string | undefined,
  request: Request,
): Promise<{ ownerId: string; request: Request }> {
  if (link === undefined) {
    return { ownerId: await c.env.runQuery(internal.checkout.signedIn, {}), request };
  }
  const { ownerId, plan, interval } = await c.env.runQuery(internal.checkout.readLink, { link });
  return { ownerId, request: { plan, interval } };
}

async function rememberViewer(c: DoorContext, ownerId: string): Promise<void> {
  const token = await c.env.runQuery(internal.checkout.viewToken, { ownerId });
  if (token !== null) {
    setCookie(c, VIEW_COOKIE, token, {
      path: "/checkout",
      httpOnly: true,
      sameSite: "Lax",
      secure: new URL(c.req.url).protocol === "https:",
      maxAge: VIEW_COOKIE_SECONDS,
    });
  }
}
