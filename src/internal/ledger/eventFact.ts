import type { StripeEvent } from "../../stripe/event.ts";
import { isObservation, observedType } from "../../stripe/observation.ts";
import { previousObject } from "../../stripe/previousObject.ts";
import { readCharge } from "../../stripe/readers/charge.ts";
import { readCheckoutSession } from "../../stripe/readers/checkoutSession.ts";
import { readCustomer } from "../../stripe/readers/customer.ts";
import { readDispute } from "../../stripe/readers/dispute.ts";
import { readInvoice } from "../../stripe/readers/invoice.ts";
import { readRefund } from "../../stripe/readers/refund.ts";
import { readSubscription } from "../../stripe/readers/subscription.ts";
import type { Id } from "../_generated/dataModel.ts";
import { type ChargeFact, chargeFact } from "../model/chargeFact.ts";
import { type CheckoutSessionFact, checkoutSessionFact } from "../model/checkoutSessionFact.ts";
import { type CustomerFact, customerFact } from "../model/customerFact.ts";
import { type DisputeFact, disputeFact } from "../model/disputeFact.ts";
import { type InvoiceFact, invoiceFact } from "../model/invoiceFact.ts";
import { type RefundFact, refundFact } from "../model/refundFact.ts";
import { OBSERVED, type SubscriptionRecord } from "../model/subscriptionRecords.ts";

/** What one event says of the object it is about, in the form that is joined and kept. */
export type EventFact =
  | { kind: "subscription"; subscriptionId: string; record: SubscriptionRecord }
  | { kind: "checkout.session"; fact: CheckoutSessionFact }
  | { kind: "invoice"; fact: InvoiceFact }
  | { kind: "charge"; fact: ChargeFact }
  | { kind: "refund"; fact: RefundFact }
  | { kind: "dispute"; fact: DisputeFact }
  | { kind: "customer"; fact: CustomerFact };

type Reader = (event: StripeEvent, planIds: Id<"plans">[]) => EventFact | null;

/** Types with a rule; everything else is recorded and counted. Observed objects speak for themselves. */
const READERS: Record<string, Reader> = {
  ...readerOfAll(subscriptionOf, "customer.subscription", [
    "created",
    "updated",
    "deleted",
    "paused",
    "resumed",
    "trial_will_end",
    "pending_update_applied",
    "pending_update_expired",
  ]),
  ...readerOfAll(checkoutSessionOf, "checkout.session", [
    "completed",
    "async_payment_succeeded",
    "async_payment_failed",
    "expired",
  ]),
  ...readerOfAll(invoiceOf, "invoice", [
    "created",
    "deleted",
    "finalization_failed",
    "finalized",
    "marked_uncollectible",
    "overdue",
    "overpaid",
    "paid",
    "payment_action_required",
    "payment_attempt_required",
    "payment_failed",
    "payment_succeeded",
    "sent",
    "updated",
    "voided",
    "will_be_due",
  ]),
  "charge.refunded": chargeOf,
  ...readerOfAll(refundOf, "refund", ["created", "updated", "failed"]),
  "charge.refund.updated": refundOf,
  ...readerOfAll(disputeOf, "charge.dispute", [
    "created",
    "updated",
    "closed",
    "funds_withdrawn",
    "funds_reinstated",
  ]),
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
    case "refund":
    case "dispute":
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

function invoiceOf(event: StripeEvent): EventFact | null {
  const fact = invoiceFact(readInvoice(event.object), event);
  return fact === null ? null : { kind: "invoice", fact };
}

function chargeOf(event: StripeEvent): EventFact {
  return { kind: "charge", fact: chargeFact(readCharge(event.object), event) };
}

function refundOf(event: StripeEvent): EventFact {
  return { kind: "refund", fact: refundFact(readRefund(event.object), event) };
}

function disputeOf(event: StripeEvent): EventFact {
  return { kind: "dispute", fact: disputeFact(readDispute(event.object), event) };
}

function customerOf(event: StripeEvent): EventFact {
  return { kind: "customer", fact: customerFact(readCustomer(event.object), [], event) };
}

function readerOfAll(reader: Reader, prefix: string, names: string[]): Record<string, Reader> {
  return Object.fromEntries(names.map((name) => [`${prefix}.${name}`, reader]));
}
