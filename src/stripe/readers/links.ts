import type { StripeEvent } from "../event.ts";
import { idOf, type RawObject, recordOf } from "./fields.ts";
import { invoicePlanIdClaim, metadataPlanIdClaim, sessionPlanIdClaims } from "./planIdClaims.ts";
import { subscriptionReference } from "./subscriptionReference.ts";

/** What an event points at: enough to find the plan it may be about. */
export interface EventLinks {
  /**
   * Ids of plans that the merchant's own fields name, without repeats. A claim is a hint, not a proof:
   * metadata can be edited by everybody with access to the merchant's Stripe account.
   */
  planIdClaims: string[];
  customerId: string | null;
  subscriptionId: string | null;
  paymentIntentId: string | null;
  sessionId: string | null;
}

/**
 * Reads the links of any event, whatever its type and version; what is missing or odd reads as `null`.
 * Never throws.
 *
 * Claims are `client_reference_id` (of a Checkout Session) and `metadata.planId` of a Checkout Session,
 * subscription, payment intent, of the charge that Stripe copied a payment intent's metadata to, and of
 * the subscription as copied to its invoices. Nothing is ever derived from an e-mail address or from the
 * customer's metadata: both are the buyer's or about the buyer, not about one plan.
 */
export function readLinks({ object, objectType, objectId }: StripeEvent): EventLinks {
  const idIfObjectIs = (type: string) => (objectType === type ? objectId : null);
  return {
    planIdClaims: readClaims(object, objectType),
    customerId: idIfObjectIs("customer") ?? idOf(object["customer"]),
    subscriptionId: idIfObjectIs("subscription") ?? subscriptionReference(object),
    paymentIntentId:
      idIfObjectIs("payment_intent") ??
      idOf(object["payment_intent"]) ??
      idOf(recordOf(object["payment"])?.["payment_intent"]),
    sessionId: idIfObjectIs("checkout.session"),
  };
}

function readClaims(object: RawObject, objectType: string | null): string[] {
  switch (objectType) {
    case "checkout.session":
      return sessionPlanIdClaims(object);
    case "subscription":
    case "payment_intent":
    case "charge":
      return listed(metadataPlanIdClaim(object));
    case "invoice":
      return listed(invoicePlanIdClaim(object));
    default:
      return [];
  }
}

function listed(claim: string | null): string[] {
  return claim === null ? [] : [claim];
}
