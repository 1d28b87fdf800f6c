import type { Random } from "../ports.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A new id in Stripe's form: `newId(random, "cus")` is `cus_` and 24 letters and digits. */
export function newId(random: Random, prefix: string, length = 24): string {
  return `${prefix}_${randomText(random, length)}`;
}

/** `length` letters and digits, each equally likely. */
export function randomText(random: Random, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of random.fill(new Uint8Array(length))) {
      if (byte < LIMIT && text.length < length) {
        text += LETTERS[byte % LETTERS.length];
      }
    }
  }
  return text;
}

/** Bytes from here on would make some letters likelier than others. */
const LIMIT = 256 - (256 % LETTERS.length);
