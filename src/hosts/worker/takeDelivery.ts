import { readDelivery, verifiedEventOf } from "../../routes/webhook/delivery.ts";
import { refusals } from "../../routes/webhook/refusals.ts";
import { NotAnEventError } from "../../stripe/event.ts";
import { SignatureNotVerifiedError } from "../../stripe/SignatureNotVerifiedError.ts";
import type { SigningSecrets } from "../../stripe/signingSecrets.ts";
import { type Place, placeOfEvent } from "./placement.ts";
import { workerClock } from "./ports.ts";

export interface TakenDelivery {
  /** The same body and signature, to be handed on. */
  readonly request: Request;
  /** Null when what is signed is no event: then it belongs to no account. */
  readonly place: Place | null;
}

/** Reads and verifies a delivery. @returns the webhook route's own answer for one that it refuses */
export async function takeDelivery(
  request: Request,
  secrets: SigningSecrets,
): Promise<TakenDelivery | Response> {
  const delivery = await readDelivery(request);
  if (delivery === "too_large") {
    return Response.json(refusals.body_too_large, { status: 413 });
  }
  if (delivery === null) {
    return Response.json(refusals.signature_not_verified, { status: 400 });
  }
  const { body, signatureHeader } = delivery;
  const again = new Request(request.url, {
    method: "POST",
    headers: { "content-type": "application/json", "stripe-signature": signatureHeader },
    body,
  });
  try {
    const { verified } = verifiedEventOf(delivery, { secrets, nowMs: workerClock.nowMs() });
    return { request: again, place: placeOfEvent(verified.event) };
  } catch (error) {
    if (error instanceof SignatureNotVerifiedError) {
      return Response.json(refusals.signature_not_verified, { status: 400 });
    }
    if (error instanceof NotAnEventError) {
      return { request: again, place: null };
    }
    throw error;
  }
}
