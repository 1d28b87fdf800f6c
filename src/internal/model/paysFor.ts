import { type Catalog, defaultCatalog, type PlanType } from "./catalog.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { checkoutSessionGrant } from "./checkoutSessionGrant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";
import { invoiceGrant } from "./invoiceGrant.ts";
import { subscriptionGrant } from "./subscriptionGrant.ts";
import type { SubscriptionRecord } from "./subscriptionRecords.ts";

/** What one event says of the object it is about. */
export type SaidFact =
  | { kind: "subscription"; record: SubscriptionRecord }
  | { kind: "checkout.session"; fact: CheckoutSessionFact }
  | { kind: "invoice"; fact: InvoiceFact }
  | { kind: "charge" | "customer" };

/**
 * The plan type that one event pays for by itself: what the plan would be if nothing else had ever been
 * heard; `free` if it pays for nothing. To refuse an event that is no payment.
 *
 * Not a decision about the plan: other events (a cancellation, a refund) are not looked at, nor to which
 * plan the event belongs.
 */
export function factPaysFor(said: SaidFact, catalog: Catalog = defaultCatalog): PlanType {
  switch (said.kind) {
    case "subscription":
      return subscriptionGrant(said.record.state, catalog).planType;
    case "checkout.session":
      return checkoutSessionGrant(said.fact, catalog)?.planType ?? "free";
    case "invoice":
      return invoiceGrant(said.fact, catalog)?.planType ?? "free";
    case "charge":
    case "customer":
      return "free";
  }
}
