import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";

/**
 * `GET /healthz`: 200 while deliveries can be taken, 503 otherwise. An answer at all says that the
 * process lives; its status says whether it is ready.
 */
export function health(): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.get("/", async (c) => {
    try {
      const { mode } = await c.env.runQuery(internal.health.ready, {});
      return c.json({ status: "ready", mode });
    } catch {
      return c.json({ status: "unavailable" }, 503, { "Retry-After": "1" });
    }
  });
  app.all("/", (c) => c.json({ code: "method_not_allowed" }, 405, { Allow: "GET, HEAD" }));
  return app;
}
