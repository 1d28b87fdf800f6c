import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import * as z from "zod";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { leadOn } from "./checkout/answers.ts";

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
  app.post("/", (c) =>
    leadOn(c, fields, async ({ link, ...request }) => {
      const ownerId =
        link === undefined
          ? await c.env.runQuery(internal.checkout.signedIn, {})
          : (await c.env.runQuery(internal.checkout.readLink, { link })).ownerId;
      return await c.env.runAction(internal.checkout.portal, { ownerId, ...request });
    }),
  );
  app.all("/", (c) => c.json({ code: "method_not_allowed" }, 405, { Allow: "POST" }));
  return app;
}
