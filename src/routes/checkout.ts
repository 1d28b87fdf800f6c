import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { html } from "hono/html";
import * as z from "zod";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { type DoorContext, leadOn, refused } from "./checkout/answers.ts";
import { backLink, PAGE_HEADERS, page } from "./checkout/page.ts";
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
 * Who is asking is said by a token in `Authorization`, or by a signed `link`, which also says the plan and
 * leaves only the addresses to the form. A form from a page of another origin is refused.
 *
 * `GET /checkout?link=…`: a page with the button for it. Nothing is made by a GET.
 */
export function checkout(): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.get("/", async (c) => {
    const link = c.req.query("link") ?? "";
    try {
      const read = await c.env.runQuery(internal.checkout.readLink, { link });
      const { ownerId, plan, interval } = read;
      const address = c.req.header("referer") ?? "";
      const back = await c.env.runQuery(internal.checkout.backFrom, { address });
      const form = html`<form method="post" action="/checkout">
<input type="hidden" name="link" value="${link}">
${back === null ? "" : html`<input type="hidden" name="cancelUrl" value="${back}">`}
<p>You are about to buy the ${plan} plan for ${ownerId}, paid ${interval === "once" ? "once" : `every ${interval}`}.</p>
<button>Continue to payment</button></form>${backLink(back)}`;
      return c.html(page("Checkout", form), 200, PAGE_HEADERS);
    } catch (error) {
      return await refused(c, error);
    }
  });
  app.post("/", (c) =>
    leadOn(c, fields, async ({ link, ...request }) => {
      const asked = await whoAsks(c, link, request);
      const destination = await c.env.runAction(internal.checkout.start, asked);
      await rememberViewer(c, asked.ownerId);
      return destination;
    }),
  );
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
  const { returnUrl, cancelUrl } = request;
  const addresses = {
    ...(returnUrl !== undefined && { returnUrl }),
    ...(cancelUrl !== undefined && { cancelUrl }),
  };
  return { ownerId, request: { plan, interval, ...addresses } };
}

async function rememberViewer(c: DoorContext, ownerId: string): Promise<void> {
  const view = await c.env.runQuery(internal.checkout.viewToken, { ownerId });
  if (view !== null) {
    setCookie(c, VIEW_COOKIE, view.token, {
      path: "/checkout",
      httpOnly: true,
      sameSite: "Lax",
      secure: view.isSecure,
      maxAge: VIEW_COOKIE_SECONDS,
    });
  }
}
