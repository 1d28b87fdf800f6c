import type { HonoWithConvex } from "convex-helpers/server/hono";
import { type Context, Hono } from "hono";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { NotAnEventError } from "../stripe/event.ts";
import { SignatureNotVerifiedError } from "../stripe/SignatureNotVerifiedError.ts";
import type { SigningSecrets } from "../stripe/signingSecrets.ts";
import { type Delivery, readDelivery, verifiedEventOf } from "./webhook/delivery.ts";
import { refusals } from "./webhook/refusals.ts";

export interface WebhookOptions {
  /** Asked on each delivery. Throws when there is none: then nothing is accepted. */
  signingSecrets(): SigningSecrets;
}

type WebhookContext = HonoWithConvex<ActionCtx> extends Hono<infer Env> ? Context<Env> : never;

/**
 * `POST /stripe/webhook`: takes one delivery from Stripe.
 *
 * | answer | when |
 * |---|---|
 * | 200 | the event is durably in the ledger: applied, recorded, quarantined, a duplicate, kept as failed, or received, to be read from Stripe |
 * | 400 | the signature does not hold, or the signed body is no event; nothing was written |
 * | 405, 413 | not a POST; more than 1 MiB |
 * | 503 | nothing could be stored; Stripe will deliver again |
 *
 * Answers are constant texts: they say nothing about the body, the signature or the secrets.
 */
export function stripeWebhook({ signingSecrets }: WebhookOptions): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.post("/", async (c) => {
    const delivery = await readDelivery(c.req.raw);
    if (delivery === "too_large") {
      return c.json(refusals.body_too_large, 413);
    }
    if (delivery === null) {
      return c.json(refusals.signature_not_verified, 400);
    }
    try {
      const { isThin } = verifiedEventOf(delivery, {
        secrets: signingSecrets(),
        nowMs: Date.now(),
      });
      return await (isThin ? keepThin(c, delivery) : keep(c, delivery));
    } catch (error) {
      return refuse(c, error);
    }
  });
  app.all("/", (c) => c.json(refusals.method_not_allowed, 405, { Allow: "POST" }));
  return app;
}

function refuse(c: WebhookContext, error: unknown): Response {
  if (error instanceof SignatureNotVerifiedError) {
    return c.json(refusals.signature_not_verified, 400);
  }
  if (error instanceof NotAnEventError) {
    return c.json(refusals.not_an_event, 400);
  }
  return c.json(refusals.unavailable, 503, { "Retry-After": "60" });
}

/** One mutation. If it fails for a reason of its own, the event is kept as failed, so it is not lost. */
async function keep(c: WebhookContext, delivery: Delivery): Promise<Response> {
  const { runMutation } = c.env;
  try {
    return c.json(await runMutation(internal.events.ingest, delivery));
  } catch (failure) {
    try {
      const reason = failure instanceof Error ? failure.message : String(failure);
      return c.json(await runMutation(internal.events.keepFailed, { ...delivery, reason }));
    } catch {
      return c.json(refusals.unavailable, 503, { "Retry-After": "60" });
    }
  }
}

/** One mutation, which only writes down that the event came: what it is about is read later. */
async function keepThin(c: WebhookContext, delivery: Delivery): Promise<Response> {
  return c.json(await c.env.runMutation(internal.thin.receive, delivery));
}
