import Stripe from "stripe";
import { sha256Hex } from "#digests";
import { apiSealKey } from "./apiSeal.ts";
import { type EventEnvelope, readEvent, type StripeEvent } from "./event.ts";
import { RecentlyVerified } from "./RecentlyVerified.ts";
import { SignatureNotVerifiedError } from "./SignatureNotVerifiedError.ts";
import { SigningSecret } from "./SigningSecret.ts";
import { SigningSecretCryptoProvider } from "./SigningSecretCryptoProvider.ts";
import { signatureTimestampSeconds } from "./signatureHeader.ts";
import type { SigningSecrets } from "./signingSecrets.ts";
import { readThinEvent, type ThinEvent } from "./thinEvent.ts";

/** How far the signature's time may be from ours, in both directions; Stripe's own default. */
export const TOLERANCE_SECONDS = 300;

/** The widest tolerance that may be asked for: a captured delivery can be replayed for as long as this. */
export const TOLERANCE_SECONDS_MAX = 3_600;

/** Which way a text came from Stripe: delivered to the webhook endpoint, or read from Stripe's API. */
export type Provenance = "webhook" | "api";

/** How a text was proven genuine. Holds no secret and may be stored and shown to operators. */
export interface VerificationEvidence {
  readonly provenance: Provenance;
  /** The `t` that was signed: the time of this delivery attempt, or of the read; not of the event. */
  readonly signatureTimestampSeconds: number;
  /** The `v1` signature that matched, 64 lower-case hexadecimal digits. */
  readonly signature: string;
  /** Which secret made it, see `SigningSecret.fingerprint`. */
  readonly secretFingerprint: string;
  /** SHA-256 of `body` in UTF-8, 64 lower-case hexadecimal digits. */
  readonly bodySha256: string;
}

declare const verified: unique symbol;

class Verified<Event extends EventEnvelope> {
  /** A protected member makes the type nominal: neither a literal nor a copy of an instance fits it. */
  declare protected readonly [verified]: true;
  readonly event: Event;
  /** Exactly the text that was signed. */
  readonly body: string;
  readonly evidence: VerificationEvidence;

  constructor(event: Event, body: string, evidence: VerificationEvidence) {
    this.event = event;
    this.body = body;
    this.evidence = evidence;
  }
}

/** An event whose signature was verified. Only this module makes one; the types refuse others. */
export type VerifiedEvent = Verified<StripeEvent>;

/** A thin event whose signature was verified. */
export type VerifiedThinEvent = Verified<ThinEvent>;

interface Clocked {
  nowMs: number;
  toleranceSeconds?: number;
}

/**
 * Verifies one webhook delivery and reads its event; the only door from the outside to a plan.
 *
 * `body` is the request's body decoded as UTF-8 and otherwise untouched; `signatureHeader` the value of
 * `Stripe-Signature`. Each secret is tried with the SDK's own verification (HMAC-SHA256 over `t`, a dot
 * and the body, compared in constant time), and one match is enough. Synchronous; no I/O, no clock.
 *
 * Guaranteed: on return, a holder of one of `secrets` signed exactly `body`, at most `toleranceSeconds`
 * before or after `nowMs` (equal passes, one second more does not; Stripe's own check has no upper end).
 * Any doubt and any exception inside the verification is a refusal.
 * Not guaranteed: that this delivery is the first of its kind. A replay inside the tolerance verifies, so
 * the event id must be unique where events are stored.
 *
 * The same delivery verified again under the same secrets costs no second HMAC: its time is judged again, and
 * the same object is returned. Nobody may change it.
 *
 * A byte-order mark is part of what is signed: one that a decoder dropped makes the signature fail.
 *
 * @throws SignatureNotVerifiedError `signature_not_verified`
 * @throws NotAnEventError `not_an_event`: verified, but not an event that can be read
 * @throws RangeError if `nowMs` or `toleranceSeconds` (an integer from 1 to {@link TOLERANCE_SECONDS_MAX})
 * is no usable number: a mistake of the caller, never a way to switch a check off
 */
export function verifyDelivery(
  { body, signatureHeader }: { body: string; signatureHeader: string | null },
  { secrets, ...clocked }: { secrets: SigningSecrets } & Clocked,
): VerifiedEvent {
  return verifySigned(readEvent, "webhook", body, signatureHeader ?? "", secrets, clocked);
}

/** As {@link verifyDelivery}, for the delivery of a thin event; any other body is no event. */
export function verifyThinDelivery(
  { body, signatureHeader }: { body: string; signatureHeader: string | null },
  { secrets, ...clocked }: { secrets: SigningSecrets } & Clocked,
): VerifiedThinEvent {
  return verifySigned(readThinEvent, "webhook", body, signatureHeader ?? "", secrets, clocked);
}

/**
 * Verifies a text that was read from Stripe's API and sealed by {@link sealApiText} in the same
 * deployment, and reads its event. As {@link verifyDelivery} in everything else.
 *
 * Guaranteed: on return, somebody who knows `secretKey` sealed exactly `body`. That is this process, as
 * the key can neither be set nor read with the admin key.
 *
 * @throws SignatureNotVerifiedError, NotAnEventError, RangeError as {@link verifyDelivery}
 */
export function verifySealed(
  { body, seal }: { body: string; seal: string },
  { secretKey, ...clocked }: { secretKey: string } & Clocked,
): VerifiedEvent {
  const secrets = [new SigningSecret(apiSealKey(secretKey))];
  return verifySigned(readEvent, "api", body, seal, secrets, clocked);
}

const recentlyVerified = new RecentlyVerified<Verified<EventEnvelope>>();

function verifySigned<Event extends EventEnvelope>(
  read: (body: string) => Event,
  provenance: Provenance,
  body: string,
  signatureHeader: string,
  secrets: SigningSecrets,
  { nowMs, toleranceSeconds = TOLERANCE_SECONDS }: Clocked,
): Verified<Event> {
  assertUsable(nowMs, toleranceSeconds);
  const by = [read, provenance, ...secrets];
  const known = recentlyVerified.find(signatureHeader, body, by);
  const timestampSeconds =
    known?.evidence.signatureTimestampSeconds ?? signatureTimestampSeconds(signatureHeader);
  assertRecent(timestampSeconds, nowMs, toleranceSeconds);
  if (known !== null) {
    return known as Verified<Event>;
  }
  if (body === "" || !body.isWellFormed()) {
    throw new SignatureNotVerifiedError("malformed_body");
  }
  for (const secret of secrets) {
    const signature = matchingSignature(body, signatureHeader, secret, nowMs, toleranceSeconds);
    if (signature !== null) {
      const verified = new Verified(read(body), body, {
        provenance,
        signatureTimestampSeconds: timestampSeconds,
        signature,
        secretFingerprint: secret.fingerprint,
        bodySha256: sha256Hex(body),
      });
      // A seal comes once, under a secret of its own: it would only push deliveries out.
      if (provenance === "webhook") {
        recentlyVerified.add(signatureHeader, { body, by, verified });
      }
      return verified;
    }
  }
  throw new SignatureNotVerifiedError("no_match");
}

function assertUsable(nowMs: number, toleranceSeconds: number): void {
  if (!Number.isFinite(nowMs)) {
    throw new RangeError("nowMs must be a finite number");
  }
  const usable =
    Number.isInteger(toleranceSeconds) &&
    toleranceSeconds >= 1 &&
    toleranceSeconds <= TOLERANCE_SECONDS_MAX;
  if (!usable) {
    throw new RangeError(`toleranceSeconds must be an integer from 1 to ${TOLERANCE_SECONDS_MAX}`);
  }
}

function assertRecent(timestampSeconds: number, nowMs: number, toleranceSeconds: number): void {
  const ageSeconds = Math.floor(nowMs / 1_000) - timestampSeconds;
  if (ageSeconds > toleranceSeconds) {
    throw new SignatureNotVerifiedError("too_old");
  }
  if (ageSeconds < -toleranceSeconds) {
    throw new SignatureNotVerifiedError("too_new");
  }
}

/** The signature in the header that `secret` made, or `null` if there is none. */
function matchingSignature(
  body: string,
  signatureHeader: string,
  secret: SigningSecret,
  nowMs: number,
  toleranceSeconds: number,
): string | null {
  const provider = new SigningSecretCryptoProvider(secret);
  try {
    const matches = Stripe.webhooks.signature?.verifyHeader(
      body,
      signatureHeader,
      // The SDK only demands that the secret is not blank; the provider holds the real one.
      secret.fingerprint,
      toleranceSeconds,
      provider,
      nowMs,
    );
    return matches === true ? provider.signature : null;
  } catch {
    // The SDK refuses with several classes of error; whichever it is, the delivery is not verified.
    return null;
  }
}
