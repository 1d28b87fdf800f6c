import { SigningSecret } from "./SigningSecret.ts";

/**
 * The signing secrets that are valid at the same time, in the order they were written. Several are needed
 * while a secret is rolled (Stripe signs with the old and the new one for up to 24 hours) and when more
 * than one endpoint delivers here.
 */
export type SigningSecrets = readonly SigningSecret[];

/** How many signing secrets may be valid at once: each one costs an HMAC for a delivery that is refused. */
export const MAX_SIGNING_SECRETS = 8;

/**
 * `signing_secret_invalid`: the list of signing secrets cannot be used. The message tells which entry, by
 * its position, and how to mend it; it never holds any of the text.
 */
export class SigningSecretError extends Error {
  readonly code = "signing_secret_invalid";
  override readonly name = "SigningSecretError";
}

/**
 * Reads a comma separated list of 1 to {@link MAX_SIGNING_SECRETS} signing secrets as Stripe shows them
 * (`whsec_…`). Blanks around an entry are ignored. The result is never empty, so an unset or blank secret
 * cannot switch verification off.
 *
 * @throws SigningSecretError for an empty list, an empty, blank-holding, short, foreign or repeated entry,
 * or too many of them
 */
export function parseSigningSecrets(text: string): SigningSecrets {
  if (text.trim() === "") {
    throw new SigningSecretError(
      "holds no signing secret: copy it (whsec_…) from the webhook endpoint's page at Stripe",
    );
  }
  const entries = text.split(",").map((entry) => entry.trim());
  if (entries.length > MAX_SIGNING_SECRETS) {
    throw new SigningSecretError(
      `holds ${entries.length} entries, at most ${MAX_SIGNING_SECRETS} are allowed: ` +
        "remove the secrets that Stripe no longer signs with",
    );
  }
  for (const [index, entry] of entries.entries()) {
    const flaw = flawOf(entry) ?? repetitionOf(entries, index);
    if (flaw !== null) {
      throw new SigningSecretError(`entry ${index + 1} of ${entries.length} ${flaw}`);
    }
  }
  return entries.map((entry) => new SigningSecret(entry));
}

const PREFIX = "whsec_";
const MIN_LENGTH_AFTER_PREFIX = 16;
const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/=_-]{16,}$/;

/** What is wrong with an entry, without any of its text. */
function flawOf(entry: string): string | null {
  if (SIGNING_SECRET.test(entry)) {
    return null;
  }
  if (entry === "") {
    return "is empty: remove the comma beside it or fill it in";
  }
  if (/\s/.test(entry)) {
    return "has a blank inside: copy the secret again, and separate secrets by commas";
  }
  if (!entry.startsWith(PREFIX)) {
    return `does not begin with ${PREFIX}: use the endpoint's signing secret, not an API key`;
  }
  if (entry.length < PREFIX.length + MIN_LENGTH_AFTER_PREFIX) {
    return (
      `is too short: at least ${MIN_LENGTH_AFTER_PREFIX} characters follow ${PREFIX}, ` +
      "copy the whole secret"
    );
  }
  return `has characters that no signing secret has: only letters, digits and + / = _ - follow ${PREFIX}`;
}

function repetitionOf(entries: readonly string[], index: number): string | null {
  const first = entries.indexOf(entries[index] ?? "");
  return first === index ? null : `repeats entry ${first + 1}: remove one of them`;
}
