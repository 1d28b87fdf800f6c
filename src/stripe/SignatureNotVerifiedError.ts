/** Why a delivery was refused, for the operator's counters; not for the answer to the sender. */
export type SignatureRefusal =
  | "missing_header"
  | "header_too_long"
  /** Not `t=<seconds>,v1=<64 hex digits>` with perhaps more signatures and unknown schemes. */
  | "malformed_header"
  /** Empty, or not text that UTF-8 can carry, so the signature could not cover what would be kept. */
  | "malformed_body"
  | "too_old"
  | "too_new"
  /** No configured secret made any of the signatures. */
  | "no_match";

/**
 * `signature_not_verified`: nothing is known about who sent this delivery. The message is the same for
 * every cause and may be shown to the sender. `reason` is for the operator alone. Neither holds anything
 * of the body, the header or a secret, and no `cause` is attached because the SDK's errors do.
 */
export class SignatureNotVerifiedError extends Error {
  readonly code = "signature_not_verified";
  override readonly name = "SignatureNotVerifiedError";
  readonly reason: SignatureRefusal;

  constructor(reason: SignatureRefusal) {
    super("The signature of this delivery could not be verified.");
    this.reason = reason;
  }
}
