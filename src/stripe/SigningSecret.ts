import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

const FINGERPRINT_LENGTH = 12;

/**
 * One signing secret of a webhook endpoint, usable but not readable: it computes signatures and cannot be
 * asked for its text, which it does not even keep (only the keyed state of the HMAC, in a private field).
 * Printing, inspecting or serialising it shows the fingerprint and nothing else.
 *
 * The text is not judged here; `parseSigningSecrets` is the way in for configuration.
 */
export class SigningSecret {
  /** The first 12 hexadecimal digits of the SHA-256 of the text: names the secret without showing it. */
  readonly fingerprint: string;
  readonly #keyedHmac: ReturnType<typeof hmac.create>;

  constructor(text: string) {
    const key = utf8ToBytes(text);
    this.fingerprint = bytesToHex(sha256(key)).slice(0, FINGERPRINT_LENGTH);
    this.#keyedHmac = hmac.create(sha256, key);
  }

  /**
   * HMAC-SHA256 of `message` in UTF-8, as 64 lower-case hexadecimal digits. The key is the whole secret
   * text including `whsec_`, as Stripe documents for verifying signatures by hand.
   */
  hmacSha256Hex(message: string): string {
    return bytesToHex(this.#keyedHmac.clone().update(utf8ToBytes(message)).digest());
  }
}
