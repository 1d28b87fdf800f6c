import { type Check, ok, warn } from "../../../internal/doctor/Check.ts";
import type { SecretText } from "../SecretText.ts";

/** 128 bits in hexadecimal digits. */
const MIN_CHARACTERS = 32;

/** Fewer different ones were typed, not drawn. */
const MIN_DIFFERENT = 10;

const HASHED = /^sha256:/;

/** Whether a key is hard to guess, as far as its text tells. @param key null: the gateway makes its own */
export function adminKeyCheck(key: SecretText | null): Check {
  const text = key?.reveal() ?? null;
  if (text === null || HASHED.test(text)) {
    return ok("admin_key", text === null ? "Made by the gateway." : "Only its hash is configured.");
  }
  return text.length < MIN_CHARACTERS || new Set(text).size < MIN_DIFFERENT
    ? warn(
        "admin_key",
        `The admin key has ${text.length} characters, ${new Set(text).size} different ones: it can be guessed.`,
        "Take the output of: openssl rand -hex 32",
      )
    : ok("admin_key", "The admin key is long enough.");
}
