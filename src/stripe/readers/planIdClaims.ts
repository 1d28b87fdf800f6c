import { type RawObject, recordOf, textOf } from "./fields.ts";

/** Stripe's documented limit of `client_reference_id`. */
export const CLIENT_REFERENCE_ID_MAX_LENGTH = 200;

/** Stripe's documented limit of a metadata value. */
export const METADATA_VALUE_MAX_LENGTH = 500;

/** The plan that a Checkout Session names in `client_reference_id` and in `metadata.planId`, no repeats. */
export function sessionPlanIdClaims(session: RawObject): string[] {
  const claims = [
    textOf(session["client_reference_id"], CLIENT_REFERENCE_ID_MAX_LENGTH),
    metadataPlanIdClaim(session),
  ];
  return [...new Set(claims.filter((claim) => claim !== null))];
}

/**
 * The plan that a subscription, a payment intent or a charge names in `metadata.planId`. Stripe copies
 * a payment intent's metadata to its charge, once.
 */
export function metadataPlanIdClaim(object: RawObject): string | null {
  return textOf(recordOf(object["metadata"])?.["planId"], METADATA_VALUE_MAX_LENGTH);
}

/**
 * The subscription's `metadata.planId` in the copy that Stripe puts on an invoice (since 2023-06-29): in
 * `parent.subscription_details`, before 2025-03-31.basil in `subscription_details`. The invoice's own
 * metadata is not the subscription's and is not read.
 */
export function invoicePlanIdClaim(invoice: RawObject): string | null {
  const details =
    recordOf(recordOf(invoice["parent"])?.["subscription_details"]) ??
    recordOf(invoice["subscription_details"]);
  return details === null ? null : metadataPlanIdClaim(details);
}
