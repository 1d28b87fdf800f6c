import { SigningSecret } from "./SigningSecret.ts";
import { signDelivery } from "./signDelivery.ts";

/** Says what the derived key is for, so that it serves nothing else. */
const PURPOSE = "tollgate: text read from the Stripe API, version 1";

/**
 * The key of seals, derived from the API key: whoever learns it can forge seals, but does not learn the
 * API key. 64 lower-case hexadecimal digits.
 */
export function apiSealKey(secretKey: string): string {
  return new SigningSecret(secretKey).hmacSha256Hex(PURPOSE);
}

/**
 * Seals a text that was just read from Stripe's API, for `verifySealed`: in the form of a
 * `Stripe-Signature` header, made with the key that {@link apiSealKey} derives.
 *
 * To be called only by the code that made the request, on what it was answered: a seal is the proof that
 * Stripe said it.
 */
export function sealApiText(body: string, secretKey: string, nowMs: number): string {
  const timestampSeconds = Math.floor(nowMs / 1_000);
  return signDelivery({ body, secret: apiSealKey(secretKey), timestampSeconds });
}
