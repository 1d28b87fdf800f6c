import { hmacSha256, sha256Hex } from "#digests";

const FINGERPRINT_LENGTH = 12;

/**
 * One signing secret of a webhook endpoint, usable but not readable: it computes signatures and cannot be
 * asked for its text, which it does not even keep (only the keyed HMAC, in a private field).
 * Printing, inspecting or serialising it shows the fingerprint and nothing else.
 *
 * The text is not judged here; `parseSigningSecrets` is the way in for configuration.
 */
export class SigningSecret {
  /** The first 12 hexadecimal digits of the SHA-256 of the text: names the secret without showing it. */
  readonly fingerprint: string;
  readonly #hmac: (message: string) => string;

  constructor(text: string) {
    this.fingerprint = sha256Hex(text).slice(0, FINGERPRINT_LENGTH);
    this.#hmac = hmacSha256(text);
  }

  /**
   * HMAC-SHA256 of `message` in UTF-8, as 64 lower-case hexadecimal digits. The key is the whole secret
   * text including `whsec_`, as Stripe documents for verifying signatures by hand.
   */
  hmacSha256Hex(message: string): string {
    return this.#hmac(message);
  }
}
