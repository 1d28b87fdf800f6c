import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { SignatureNotVerifiedError } from "../../src/stripe/SignatureNotVerifiedError.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { type VerifiedEvent, verifyDelivery } from "../../src/stripe/verify.ts";
import { stripeEvent, subscription } from "../fixtures/stripe.ts";

/**
 * One delivery, signed with Node's own crypto after Stripe's documentation and not by the code under
 * test, for the tests of verification to spoil.
 */

export const OLD_SECRET = "whsec_old0123456789abcdef";
export const NEW_SECRET = "whsec_new0123456789abcdef";
export const FOREIGN_SECRET = "whsec_foreign0123456789abcdef";
export const SECRETS = parseSigningSecrets(`${NEW_SECRET},${OLD_SECRET}`);

export const T = 1_793_491_200;
export const EVENT = stripeEvent(
  "customer.subscription.updated",
  subscription({ description: "Ünïcödé 💶" }),
);
export const BODY = JSON.stringify(EVENT, null, 2);
export const GOOD = `v1=${hmac(BODY)}`;
export const HEADER = `t=${T},${GOOD}`;

export function verify({
  body = BODY,
  signatureHeader = HEADER,
  nowMs = T * 1_000,
  ...tolerance
}: {
  body?: string;
  signatureHeader?: string | null;
  nowMs?: number;
  toleranceSeconds?: number;
} = {}): VerifiedEvent {
  return verifyDelivery({ body, signatureHeader }, { secrets: SECRETS, nowMs, ...tolerance });
}

export function hmac(body: string, secret: string = NEW_SECRET): string {
  return hmacOf(`${T}.${body}`, secret);
}

export function hmacOf(message: string, secret: string): string {
  return createHmac("sha256", secret).update(message, "utf8").digest("hex");
}

export function expectRefusal(run: () => unknown, reason: string): void {
  const error = errorOf(run);
  expect(error).toBeInstanceOf(SignatureNotVerifiedError);
  expect(error).toMatchObject({ code: "signature_not_verified", reason });
}

export function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) {
      return error;
    }
  }
  throw new Error("nothing was thrown");
}
