import { NotAnEventError } from "../../stripe/event.ts";
import type { SigningSecrets } from "../../stripe/signingSecrets.ts";
import {
  type VerifiedEvent,
  type VerifiedThinEvent,
  verifyDelivery,
  verifyThinDelivery,
} from "../../stripe/verify.ts";
import { readBoundedBody } from "../readBoundedBody.ts";

/** Stripe publishes no largest event; the largest ones known are a small part of this. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** What arrived at a webhook endpoint, not verified yet. */
export interface Delivery {
  /** The request's body decoded as UTF-8 and otherwise untouched. */
  readonly body: string;
  readonly signatureHeader: string;
}

/**
 * The body as it was signed, read once within {@link MAX_BODY_BYTES}.
 *
 * @returns null when it broke off, is not UTF-8, or is not signed at all
 */
export async function readDelivery(request: Request): Promise<Delivery | "too_large" | null> {
  const signatureHeader = request.headers.get("stripe-signature");
  if (signatureHeader === null) {
    return null;
  }
  try {
    const bytes = await readBoundedBody(request, MAX_BODY_BYTES);
    if (bytes === null) {
      return "too_large";
    }
    return { body: textOf(bytes), signatureHeader };
  } catch {
    return null;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body as it was signed. @throws TypeError when it is not UTF-8 */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * Verifies a delivery of either kind of event: a snapshot, or a thin one, which only names its object.
 *
 * @throws SignatureNotVerifiedError, NotAnEventError as `verifyDelivery`
 */
export function verifiedEventOf(
  delivery: Delivery,
  options: { secrets: SigningSecrets; nowMs: number },
):
  | { isThin: false; verified: VerifiedEvent }
  | {
      isThin: true;
      verified: VerifiedThinEvent;
    } {
  try {
    return { isThin: false, verified: verifyDelivery(delivery, options) };
  } catch (error) {
    if (!(error instanceof NotAnEventError) || error.reason !== "thin_event") {
      throw error;
    }
    return { isThin: true, verified: verifyThinDelivery(delivery, options) };
  }
}
