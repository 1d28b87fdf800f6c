import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * SHA-256 in audited plain JavaScript: synchronous, and the same in every runtime. Imported as `#digests`,
 * which a host that has its own faster SHA-256 answers with that (package.json, `imports`).
 */

/** SHA-256 of `text` in UTF-8, as 64 lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/**
 * HMAC-SHA256 with the key `text` in UTF-8. The returned function gives that of a message in UTF-8, as 64
 * lower-case hexadecimal digits; it does not keep the text, only the keyed state.
 */
export function hmacSha256(text: string): (message: string) => string {
  const keyed = hmac.create(sha256, utf8ToBytes(text));
  return (message) => bytesToHex(keyed.clone().update(utf8ToBytes(message)).digest());
}
