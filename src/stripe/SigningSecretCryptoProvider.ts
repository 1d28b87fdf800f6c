import Stripe from "stripe";
import type { SigningSecret } from "./SigningSecret.ts";

/**
 * Lets the SDK sign and verify with one {@link SigningSecret}: synchronously, the
 * same in its Node build and in its web build (whose own provider cannot work synchronously). Whatever
 * text the SDK is given as "the secret" is not used. One instance serves one call to the SDK.
 */
export class SigningSecretCryptoProvider extends Stripe.CryptoProvider {
  /** The signature that the SDK last asked for. */
  signature: string | null = null;
  readonly #secret: SigningSecret;

  constructor(secret: SigningSecret) {
    super();
    this.#secret = secret;
  }

  override computeHMACSignature(payload: string): string {
    this.signature = this.#secret.hmacSha256Hex(payload);
    return this.signature;
  }
}
