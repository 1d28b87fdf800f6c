import type { HonoWithConvex } from "convex-helpers/server/hono";
import { type Context, Hono } from "hono";
import { internal } from "../internal/_generated/api.ts";
import type { ActionCtx } from "../internal/_generated/server.ts";
import { NotAnEventError } from "../stripe/event.ts";
import { SignatureNotVerifiedError } from "../stripe/SignatureNotVerifiedError.ts";
import type { SigningSecrets } from "../stripe/signingSecrets.ts";
import { verifyDelivery, verifyThinDelivery } from "../stripe/verify.ts";
import { readBoundedBody } from "./readBoundedBody.ts";

/** Stripe publishes no largest event; the largest ones known are a small part of this. */
export const MAX_BODY_BYTES = 1024 * 1024;

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
 * | 405, 413 | not a POST; more than {@link MAX_BODY_BYTES} |
 * | 503 | nothing could be stored; Stripe will deliver again |
 *
 * Answers are constant texts: they say nothing about the body, the signature or the secrets.
 */
export function stripeWebhook({ signingSecrets }: WebhookOptions): HonoWithConvex<ActionCtx> {
  const app: HonoWithConvex<ActionCtx> = new Hono();
  app.post("/", async (c) => {
    const delivery = await readDelivery(c);
    if (delivery === "too_large") {
      return c.json(refusals.body_too_large, 413);
    }
    if (delivery === null) {
      return c.json(refusals.signature_not_verified, 400);
    }
    try {
      const isThin = verifiedAsThin(delivery, signingSecrets());
      return await (isThin ? keepThin(c, delivery) : keep(c, delivery));
    } catch (error) {
      return refuse(c, error);
    }
  });
  app.all("/", (c) => c.json(refusals.method_not_allowed, 405, { Allow: "POST" }));
  return app;
}

const refusals = {
  signature_not_verified: refusal("signature_not_verified", "The signature could not be verified."),
  not_an_event: refusal("not_an_event", "The body is signed, but is no Stripe event."),
  body_too_large: refusal("body_too_large", "The body is larger than 1 MiB."),
  method_not_allowed: refusal("method_not_allowed", "Deliveries are POST requests."),
  unavailable: refusal("unavailable", "The delivery could not be stored. Deliver it again."),
} as const;

interface Delivery {
  body: string;
  signatureHeader: string;
}

/** The body as it was signed, read once within its bound. Null when it broke off, is not UTF-8, or is not signed at all. */
async function readDelivery(c: WebhookContext): Promise<Delivery | "too_large" | null> {
  const signatureHeader = c.req.header("stripe-signature");
  if (signatureHeader === undefined) {
    return null;
  }
  try {
    const bytes = await readBoundedBody(c.req.raw, MAX_BODY_BYTES);
    if (bytes === null) {
      return "too_large";
    }
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(bytes), signatureHeader };
  } catch {
    return null;
  }
}

/** Verifies a delivery. @returns whether it is of a thin event, which only names its object */
function verifiedAsThin(delivery: Delivery, secrets: SigningSecrets): boolean {
  const options = { secrets, nowMs: Date.now() };
  try {
    verifyDelivery(delivery, options);
    return false;
  } catch (error) {
    if (!(error instanceof NotAnEventError) || error.reason !== "thin_event") {
      throw error;
    }
    verifyThinDelivery(delivery, options);
    return true;
  }
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

function refusal<Code extends string>(
  code: Code,
  message: string,
): { code: Code; message: string } {
  return { code, message };
}
