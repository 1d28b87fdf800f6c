import { createHash, timingSafeEqual } from "node:crypto";
import type { SecretText } from "./SecretText.ts";

/** Tells the admin key from other texts; keeps only its hash, and takes the same time for every text. */
export function adminKeyCheck(adminKey: SecretText): (key: string) => boolean {
  const expected = sha256(adminKey.reveal());
  return (key) => timingSafeEqual(sha256(key), expected);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
