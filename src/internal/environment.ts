import { readStripeMode, type StripeMode } from "../stripe/mode.ts";
import { parseSigningSecrets, type SigningSecrets } from "../stripe/signingSecrets.ts";
import { env } from "./_generated/server.ts";

let parsed: { text: string; secrets: SigningSecrets } | null = null;

/**
 * The signing secrets of `STRIPE_WEBHOOK_SECRET`.
 *
 * @throws SigningSecretError when the variable is missing or malformed: nothing can be verified then,
 *   so nothing is
 */
export function signingSecrets(): SigningSecrets {
  const text = env["STRIPE_WEBHOOK_SECRET"] ?? "";
  if (parsed?.text !== text) {
    parsed = { text, secrets: parseSigningSecrets(text) };
  }
  return parsed.secrets;
}

/** The secrets that signatures can be checked with once more: none when none is set. */
export function knownSigningSecrets(): SigningSecrets {
  return env["STRIPE_WEBHOOK_SECRET"] === undefined ? [] : signingSecrets();
}

/** The mode whose events may change plans. */
export function stripeMode(): StripeMode {
  return readStripeMode(env["STRIPE_MODE"], env["STRIPE_SECRET_KEY"]);
}

/**
 * For how many days bodies are kept: `TOLLGATE_BODY_RETENTION_DAYS`, or null (for ever) without it.
 *
 * @throws Error when it is set to anything but a whole number from 1: nothing is dropped then
 */
export function bodyRetentionDays(): number | null {
  const text = env["TOLLGATE_BODY_RETENTION_DAYS"];
  if (text === undefined) {
    return null;
  }
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new Error("TOLLGATE_BODY_RETENTION_DAYS is not a whole number of days from 1 to 99999.");
  }
  return Number(text);
}
