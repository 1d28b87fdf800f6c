import type { StripeEvent } from "../stripe/event.ts";
import { isObservation, observedType } from "../stripe/observation.ts";
import { previousObject } from "../stripe/previousObject.ts";
import { readCharge } from "../stripe/readers/charge.ts";
import { readCheckoutSession } from "../stripe/readers/checkoutSession.ts";
import { readCustomer } from "../stripe/readers/customer.ts";
import { readInvoice } from "../stripe/readers/invoice.ts";
import { readSubscription } from "../stripe/readers/subscription.ts";
import type { Id } from "./_generated/dataModel.ts";
import { type ChargeFact, chargeFact } from "./model/chargeFact.ts";
import { type CheckoutSessionFact, checkoutSessionFact } from "./model/checkoutSessionFact.ts";
import { type CustomerFact, customerFact } from "./model/customerFact.ts";
import { type InvoiceFact, invoiceFact } from "./model/invoiceFact.ts";
import { OBSERVED, type SubscriptionRecord } from "./model/subscriptionRecords.ts";

/** What one event says of the object it is about, in the form that is joined and kept. */
export type EventFact =
  | { kind: "subscription"; subscriptionId: string; record: SubscriptionRecord }
  | { kind: "checkout.session"; fact: CheckoutSessionFact }
  | { kind: "invoice"; fact: InvoiceFact }
  | { kind: "charge"; fact: ChargeFact }
  | { kind: "customer"; fact: CustomerFact };

/** Types with a rule; everything else is recorded and counted. Observed objects speak for themselves. */
const READERS: Record<string, (event: StripeEvent, planIds: Id<"plans">[]) => EventFact | null> = {
  "customer.subscription.created": subscriptionOf,
  "customer.subscription.updated": subscriptionOf,
  "customer.subscription.deleted": subscriptionOf,
  "checkout.session.completed": checkoutSessionOf,
  "checkout.session.async_payment_succeeded": checkoutSessionOf,
  "checkout.session.async_payment_failed": checkoutSessionOf,
  "invoice.paid": invoiceOf,
  "invoice.payment_failed": invoiceOf,
  "charge.refunded": chargeOf,
  "customer.deleted": customerOf,
  [observedType("subscription")]: subscriptionOf,
  [observedType("checkout.session")]: checkoutSessionOf,
  [observedType("invoice")]: invoiceOf,
  [observedType("charge")]: chargeOf,
  [observedType("customer")]: customerOf,
};

/** Stripe's types with a rule, sorted. */
export const RULED_TYPES: readonly string[] = Object.keys(READERS)
  .filter((type) => !isObservation(type))
  .sort();

/**
 * What an event says, or null when there is no rule for it.
 *
 * @param planIds the plans that the event names and that exist; other claims are dropped
 * @throws UnreadableObjectError `object_unreadable`
 */
export function readEventFact(event: StripeEvent, planIds: Id<"plans">[]): EventFact | null {
  return Object.hasOwn(READERS, event.type)
    ? (READERS[event.type]?.(event, planIds) ?? null)
    : null;
}

/** The id under which an event's own object, or the one it bears on, belongs to a plan. */
export function aboutId(said: EventFact): string | null {
  switch (said.kind) {
    case "subscription":
      return said.subscriptionId;
    case "checkout.session":
      return said.fact.sessionId;
    case "invoice":
      return said.fact.subscriptionId;
    case "charge":
      return said.fact.paymentIntentId;
    case "customer":
      return said.fact.customerId;
  }
}

function subscriptionOf(event: StripeEvent): EventFact {
  const state = readSubscription(event.object);
  const before =
    event.previousAttributes === null
      ? null
      : readSubscription(previousObject(event.object, event.previousAttributes));
  const { id: eventId, createdSeconds } = event;
  const type = isObservation(event.type) ? OBSERVED : event.type;
  const record = { eventId, type, createdSeconds, state, before };
  return { kind: "subscription", subscriptionId: state.id, record };
}

function checkoutSessionOf(event: StripeEvent, planIdClaims: Id<"plans">[]): EventFact {
  const snapshot = { ...readCheckoutSession(event.object), planIdClaims };
  return { kind: "checkout.session", fact: checkoutSessionFact(snapshot, event) };
}

function chargeOf(event: StripeEvent): EventFact {
  return { kind: "charge", fact: chargeFact(readCharge(event.object), event) };
}

function customerOf(event: StripeEvent): EventFact {
  return { kind: "customer", fact: customerFact(readCustomer(event.object), [], event) };
}

function invoiceOf(event: StripeEvent): EventFact | null {
  const fact = invoiceFact(readInvoice(event.object), event);
  return fact === null ? null : { kind: "invoice", fact };
}
