import Stripe from "stripe";
import { SigningSecret } from "./SigningSecret.ts";
import { SigningSecretCryptoProvider } from "./SigningSecretCryptoProvider.ts";

/**
 * A genuine `Stripe-Signature` header for `body`, as Stripe would send it at `timestampSeconds`: the
 * inverse of `verifyDelivery`, for the sandbox, the demonstration and tests. `secret` is the text of the
 * signing secret and is used as it stands.
 *
 * @throws RangeError if `timestampSeconds` is not a positive integer: the SDK takes 0 for "now"
 */
export function signDelivery({
  body,
  secret,
  timestampSeconds,
}: {
  body: string;
  secret: string;
  timestampSeconds: number;
}): string {
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 1) {
    throw new RangeError("timestampSeconds must be a positive integer");
  }
  const signingSecret = new SigningSecret(secret);
  return Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: signingSecret.fingerprint,
    timestamp: timestampSeconds,
    cryptoProvider: new SigningSecretCryptoProvider(signingSecret),
  });
}
