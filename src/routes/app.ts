import type { HonoWithConvex } from "convex-helpers/server/hono";
import { Hono } from "hono";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { checkout } from "./checkout.ts";
import { checkoutReturn } from "./checkoutReturn.ts";
import { health } from "./health.ts";
import { portal } from "./portal.ts";
import { stripeWebhook, type WebhookOptions } from "./stripeWebhook.ts";

/** Every door of the gateway. What stands here can be asked for; nothing else can. */
export function createApp(options: WebhookOptions): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.route("/stripe/webhook", stripeWebhook(options));
  app.route("/checkout", checkout());
  app.route("/checkout", checkoutReturn());
  app.route("/portal", portal());
  app.route("/healthz", health());
  app.notFound((c) => c.json({ code: "not_found", message: "There is nothing here." }, 404));
  return app;
}
