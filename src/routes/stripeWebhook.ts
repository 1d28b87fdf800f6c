import type { HonoWithConvex } from "convex-helpers/server/hono";
import { type Context, Hono } from "hono";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { NotAnEventError } from "../stripe/event.ts";
import { SignatureNotVerifiedError } from "../stripe/SignatureNotVerifiedError.ts";
import type { SigningSecrets } from "../stripe/signingSecrets.ts";
import { type Delivery, readDelivery, verifiedEventOf } from "./webhook/delivery.ts";
import { type DeliveryOutcome, tellDelivery } from "./webhook/deliveryOutcome.ts";
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
    const startedMs = performance.now();
    const taken = await take(c, signingSecrets);
    tellDelivery({ ...outcomeOf(taken), durationMs: performance.now() - startedMs });
    const { status, body } = taken;
    return status === 503 ? c.json(body, status, { "Retry-After": "60" }) : c.json(body, status);
  });
  app.all("/", (c) => c.json(refusals.method_not_allowed, 405, { Allow: "POST" }));
  return app;
}

/** What a delivery is answered with, and what was verified of it. */
interface Taken {
  readonly status: 200 | 400 | 413 | 503;
  readonly body: { status: string; isDuplicate: boolean } | (typeof refusals)[RefusalCode];
  readonly event: { id: string; type: string } | null;
}

type RefusalCode = keyof typeof refusals;

async function take(
  c: WebhookContext,
  signingSecrets: WebhookOptions["signingSecrets"],
): Promise<Taken> {
  const delivery = await readDelivery(c.req.raw);
  if (delivery === "too_large") {
    return refused("body_too_large", 413);
  }
  if (delivery === null) {
    return refused("signature_not_verified", 400);
  }
  let event: Taken["event"] = null;
  try {
    const { isThin, verified } = verifiedEventOf(delivery, {
      secrets: signingSecrets(),
      nowMs: Date.now(),
    });
    event = verified.event;
    const body = await (isThin ? keepThin(c, delivery) : keep(c, delivery));
    return { status: 200, body, event };
  } catch (error) {
    return { ...refusalOf(error), event };
  }
}

function refusalOf(error: unknown): Taken {
  if (error instanceof SignatureNotVerifiedError) {
    return refused("signature_not_verified", 400);
  }
  return error instanceof NotAnEventError
    ? refused("not_an_event", 400)
    : refused("unavailable", 503);
}

function refused(code: RefusalCode, status: Taken["status"]): Taken {
  return { status, body: refusals[code], event: null };
}

/** One mutation. If it fails for a reason of its own, the event is kept as failed, so it is not lost. */
async function keep(c: WebhookContext, delivery: Delivery) {
  const { runMutation } = c.env;
  try {
    return await runMutation(internal.events.ingest, delivery);
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    return await runMutation(internal.events.keepFailed, { ...delivery, reason });
  }
}

/** One mutation, which only writes down that the event came: what it is about is read later. */
async function keepThin(c: WebhookContext, delivery: Delivery) {
  return await c.env.runMutation(internal.thin.receive, delivery);
}

function outcomeOf({ status, body, event }: Taken): Omit<DeliveryOutcome, "durationMs"> {
  if ("code" in body) {
    return { outcome: status === 503 ? "failed" : "refused", code: body.code, event };
  }
  if (body.isDuplicate) {
    return { outcome: "duplicate", code: body.status, event };
  }
  const isFailed = body.status === "failed" || body.status === "dead";
  return { outcome: isFailed ? "failed" : "verified", code: body.status, event };
}
