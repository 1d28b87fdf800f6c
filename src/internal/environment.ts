import { apiSealKey } from "../stripe/apiSeal.ts";
import { readStripeMode, type StripeMode } from "../stripe/mode.ts";
import { SigningSecret } from "../stripe/SigningSecret.ts";
import { parseSigningSecrets, type SigningSecrets } from "../stripe/signingSecrets.ts";
import { env } from "./env.ts";
import { refusal } from "./refusal.ts";

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

/** The secrets that signatures and seals can be checked with once more; none that is not set. */
export function knownSecrets(): SigningSecrets {
  const secretKey = stripeSecretKey();
  return [
    ...(env["STRIPE_WEBHOOK_SECRET"] === undefined ? [] : signingSecrets()),
    ...(secretKey === null ? [] : [new SigningSecret(apiSealKey(secretKey))]),
  ];
}

/** The API key, or null when there is none: then nothing is read from Stripe. */
export function stripeSecretKey(): string | null {
  const text = env["STRIPE_SECRET_KEY"]?.trim() ?? "";
  return text === "" ? null : text;
}

/** @throws ConvexError `stripe_key_missing` */
export function requireStripeSecretKey(): string {
  const secretKey = stripeSecretKey();
  if (secretKey === null) {
    throw refusal("stripe_key_missing", "Set STRIPE_SECRET_KEY to read from Stripe's API.");
  }
  return secretKey;
}

/** Where Stripe's API is. */
export function stripeApiUrl(): URL {
  return new URL(env["STRIPE_API_URL"] ?? "https://api.stripe.com");
}

/** The mode whose events may change plans. */
export function stripeMode(): StripeMode {
  return readStripeMode(env["STRIPE_MODE"], env["STRIPE_SECRET_KEY"]);
}

/**
 * The account whose events may change plans: a connected account's id (`STRIPE_ACCOUNT`), or "" for the one
 * that the endpoint belongs to. A deployment works for one account, so no event of another changes its plans.
 */
export function ownAccount(): string {
  return env["STRIPE_ACCOUNT"]?.trim() ?? "";
}

/** The secrets of signed checkout links, the newest first; none that is short, and none when not set. */
export function linkSecrets(): string[] {
  const secrets = (env["TOLLGATE_LINK_SECRET"] ?? "").split(",").map((each) => each.trim());
  return secrets.filter((secret) => secret.length >= MIN_LINK_SECRET_LENGTH);
}

const MIN_LINK_SECRET_LENGTH = 32;

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
