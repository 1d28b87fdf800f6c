import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import * as z from "zod";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import {
  NOT_KEPT,
  readFields,
  refused,
  requestInvalid,
  requireOrigin,
  wantsJson,
} from "./checkout/answers.ts";

const fields = z.object({
  link: z.string().exactOptional(),
  returnUrl: z.string().exactOptional(),
});

/**
 * `POST /portal` (form or JSON): leads the owner to the customer portal of their own customer with 303; to
 * a client that asks for JSON, `{ url }`. Who is asking is said as at `POST /checkout`.
 */
export function portal(): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.post("/", async (c) => {
    const parsed = fields.safeParse(await readFields(c));
    if (!parsed.success) {
      return await requestInvalid(c);
    }
    const { link, ...request } = parsed.data;
    try {
      await requireOrigin(c);
      const ownerId =
        link === undefined
          ? await c.env.runQuery(internal.checkout.signedIn, {})
          : (await c.env.runQuery(internal.checkout.readLink, { link })).ownerId;
      const { url } = await c.env.runAction(internal.checkout.portal, { ownerId, ...request });
      c.header("Cache-Control", NOT_KEPT["Cache-Control"]);
      return wantsJson(c) ? c.json({ url }) : c.redirect(url, 303);
    } catch (error) {
      return await refused(c, error);
    }
  });
  app.all("/", (c) => c.json({ code: "method_not_allowed" }, 405, { Allow: "POST" }));
  return app;
}
