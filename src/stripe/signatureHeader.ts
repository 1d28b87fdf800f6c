import { SignatureNotVerifiedError } from "./SignatureNotVerifiedError.ts";

/** The longest `Stripe-Signature` header that is looked at; eight signatures take less than 600. */
export const SIGNATURE_HEADER_MAX_LENGTH = 4_096;

/**
 * The time in a `Stripe-Signature` header, in Unix seconds, once the header is known to be in exactly the
 * form that Stripe documents: elements separated by commas, each `scheme=value`, with one
 * `t` and one or more `v1`. The time is that of the delivery attempt, not of the event, and is not to be
 * trusted before the signature is.
 *
 * Other schemes are ignored, `v0` included (Stripe documents it as fake, for test events, and asks to
 * ignore all but `v1` against downgrades); so is an element with a blank before its scheme.
 *
 * Stricter than the parser of stripe 23, which reads `t=123xyz` as 123, takes the last of several `t`, and
 * fails with other error classes, or not at all, depending on its build, on an empty or non-ASCII `v1`:
 * here all of those are malformed, whatever else the header holds.
 *
 * @throws SignatureNotVerifiedError `missing_header`, `header_too_long` or `malformed_header`
 */
export function signatureTimestampSeconds(header: string): number {
  if (typeof header !== "string" || header === "") {
    throw new SignatureNotVerifiedError("missing_header");
  }
  if (header.length > SIGNATURE_HEADER_MAX_LENGTH) {
    throw new SignatureNotVerifiedError("header_too_long");
  }
  const timestamps = valuesOf(header, "t");
  const signatures = valuesOf(header, "v1");
  const wellFormed =
    PRINTABLE_ASCII.test(header) &&
    timestamps.length === 1 &&
    timestamps.every((value) => TIMESTAMP.test(value)) &&
    signatures.length > 0 &&
    signatures.every((value) => SIGNATURE.test(value));
  if (!wellFormed) {
    throw new SignatureNotVerifiedError("malformed_header");
  }
  return Number(timestamps[0]);
}

const PRINTABLE_ASCII = /^[ -~]+$/;
/** No leading zero: the SDK signs the number it parsed, so only one spelling is the signed one. */
const TIMESTAMP = /^[1-9][0-9]{0,11}$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

function valuesOf(header: string, scheme: string): string[] {
  return header
    .split(",")
    .filter((element) => element === scheme || element.startsWith(`${scheme}=`))
    .map((element) => element.slice(scheme.length + 1));
}
