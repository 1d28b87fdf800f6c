import { type Catalog, defaultCatalog, type PlanType } from "./catalog.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { checkoutSessionGrant } from "./checkoutSessionGrant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";
import { invoiceGrant } from "./invoiceGrant.ts";
import { Moment } from "./Moment.ts";
import { standingShownBy } from "./paymentStanding.ts";
import { defaultPolicy, type Policy } from "./policy.ts";
import { subscriptionGrant } from "./subscriptionGrant.ts";
import type { SubscriptionRecord } from "./subscriptionRecords.ts";

/** What one event says of the object it is about. */
export type SaidFact =
  | { kind: "subscription"; record: SubscriptionRecord }
  | { kind: "checkout.session"; fact: CheckoutSessionFact }
  | { kind: "invoice"; fact: InvoiceFact }
  | { kind: "charge" | "refund" | "dispute" | "customer" };

/**
 * The plan type that one event paid for by itself: what the plan would have been at the event's time if
 * nothing else had ever been heard; `free` if it pays for nothing. To refuse an event that is no payment.
 *
 * Not a decision about the plan: neither other events (a cancellation, a refund) nor the time since are
 * looked at, nor to which plan the event belongs.
 */
export function factPaysFor(
  said: SaidFact,
  createdSeconds: number,
  catalog: Catalog = defaultCatalog,
  policy: Readonly<Policy> = defaultPolicy,
): PlanType {
  const terms = { catalog, policy, moment: new Moment(createdSeconds) };
  switch (said.kind) {
    case "subscription": {
      const { state } = said.record;
      const standing = standingShownBy(said.record);
      return subscriptionGrant({ state, standing, firstPayment: null }, terms).planType;
    }
    case "checkout.session":
      return checkoutSessionGrant(said.fact, terms)?.planType ?? "free";
    case "invoice":
      return invoiceGrant(said.fact, terms)?.planType ?? "free";
    case "charge":
    case "refund":
    case "dispute":
    case "customer":
      return "free";
  }
}
