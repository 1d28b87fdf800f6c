import { type Catalog, recogniseBestPrice } from "./catalog.ts";
import type { Grant } from "./grant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";

/**
 * What an invoice grants by itself, the state of its subscription aside; `null` for an invoice that says
 * nothing about a subscription's payment (a manual one, or one that was neither paid nor refused).
 */
export function invoiceGrant(
  invoice: Pick<InvoiceFact, "subscriptionId" | "status" | "paymentFailed" | "prices">,
  catalog: Catalog,
): Grant | null {
  if (invoice.subscriptionId === null) {
    return null;
  }
  if (invoice.status !== "paid") {
    return invoice.paymentFailed ? { planType: "free", rule: "invoice_payment_failed" } : null;
  }
  const planType = recogniseBestPrice(invoice.prices, catalog);
  return planType === null
    ? { planType: "free", rule: "invoice_price_unrecognised" }
    : { planType, rule: "invoice_stands_in" };
}
