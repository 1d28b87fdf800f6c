import { recogniseBestPrice } from "./catalog.ts";
import { type Grant, nothing, type Terms } from "./grant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";

/** The part of an invoice's fact that its grant depends on. */
type InvoiceTerms = Pick<
  InvoiceFact,
  "subscriptionId" | "status" | "paymentFailed" | "prices" | "periodEndSeconds"
>;

/**
 * What an invoice grants by itself, the state of its subscription aside; `null` for an invoice that says
 * nothing about a subscription's payment (a manual one, or one that was neither paid nor refused). It
 * counts for the period that it bills, and as long after as an active subscription would.
 */
export function invoiceGrant(
  { subscriptionId, status, paymentFailed, prices, periodEndSeconds }: InvoiceTerms,
  { catalog, policy, moment }: Terms,
): Grant | null {
  if (subscriptionId === null) {
    return null;
  }
  if (status !== "paid") {
    return paymentFailed ? nothing("invoice_payment_failed") : null;
  }
  const planType = recogniseBestPrice(prices, catalog);
  if (planType === null) {
    return nothing("invoice_price_unrecognised");
  }
  const { renewalGraceSeconds } = policy.subscription_active;
  return periodEndSeconds === null || moment.hasCome(periodEndSeconds + renewalGraceSeconds)
    ? nothing("invoice_period_over")
    : { planType, rule: "invoice_stands_in", seats: null };
}
