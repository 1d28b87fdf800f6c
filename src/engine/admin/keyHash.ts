import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** What is kept of a key: its SHA-256, as hexadecimal digits. See decision 0040 for why it is fast. */
export function keyHash(key: string): string {
  return bytesToHex(sha256(utf8ToBytes(key)));
}

/** Whether two hashes are the same; takes the same time wherever they differ. */
export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [hexToBytes(one), hexToBytes(other)];
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) {
    difference |= byte ^ (right[index] ?? 0);
  }
  return difference === 0;
}
