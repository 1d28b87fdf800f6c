import type { InvoiceSnapshot, PriceReference } from "../../stripe/snapshots.ts";
import { joinPlanIdClaims } from "./joinPlanIdClaims.ts";
import { joinPrices } from "./joinPrices.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { leadingFact } from "./leadingFact.ts";

/** What is known of one invoice from every event about it. */
export interface InvoiceFact {
  invoiceId: string;
  customerId: string | null;
  subscriptionId: string | null;
  status: "draft" | "open" | "uncollectible" | "void" | "paid";
  /** The most payment attempts that any event counted. */
  attemptCount: number;
  /** Whether any attempt is known to have failed, also when a later one succeeded. */
  paymentFailed: boolean;
  /** Sorted, without repeats, bounded; see `joinPlanIdClaims`. */
  planIdClaims: string[];
  createdSeconds: number | null;
  /** The end of the last period that a line bills. `null` and no prices while it is a draft. */
  periodEndSeconds: number | null;
  prices: PriceReference[];
  /** The event that showed `status`. */
  eventId: string;
}

/** What one event says of an invoice; `null` for `invoice.upcoming`, which previews one without an id. */
export function invoiceFact(
  snapshot: InvoiceSnapshot,
  event: { id: string; type: string },
): InvoiceFact | null {
  if (snapshot.id === null) {
    return null;
  }
  // Only drafts can be deleted, and the event shows the draft as it last was.
  const status = event.type === "invoice.deleted" ? "void" : snapshot.status;
  // The lines of a draft still change; of what was finalised they do not.
  const isFinal = status !== "draft";
  return {
    invoiceId: snapshot.id,
    customerId: snapshot.customerId,
    subscriptionId: snapshot.subscriptionId,
    status,
    attemptCount: snapshot.attemptCount,
    paymentFailed: event.type === "invoice.payment_failed",
    planIdClaims: snapshot.planIdClaim === null ? [] : [snapshot.planIdClaim],
    createdSeconds: snapshot.createdSeconds,
    periodEndSeconds: isFinal ? snapshot.periodEndSeconds : null,
    prices: isFinal ? snapshot.prices : [],
    eventId: event.id,
  };
}

/**
 * Joins two facts about the same invoice; commutative, associative and idempotent.
 *
 * Stripe documents the status of an invoice as moving one way: draft, open, then paid or void; an
 * uncollectible invoice may still become either. Paid and void exclude each other; should both be seen,
 * paid wins, because it shows money.
 */
export function joinInvoiceFacts(a: InvoiceFact, b: InvoiceFact): InvoiceFact {
  const { status, eventId } = leadingFact(a, b, step);
  return {
    invoiceId: joinSetOnce(a.invoiceId, b.invoiceId),
    customerId: joinSetOnce(a.customerId, b.customerId),
    subscriptionId: joinSetOnce(a.subscriptionId, b.subscriptionId),
    status,
    attemptCount: Math.max(a.attemptCount, b.attemptCount),
    paymentFailed: a.paymentFailed || b.paymentFailed,
    planIdClaims: joinPlanIdClaims(a.planIdClaims, b.planIdClaims),
    createdSeconds: joinSetOnce(a.createdSeconds, b.createdSeconds),
    periodEndSeconds: joinSetOnce(a.periodEndSeconds, b.periodEndSeconds),
    prices: joinPrices(a.prices, b.prices),
    eventId,
  };
}

const STATUS_STEPS = ["draft", "open", "uncollectible", "void", "paid"] as const;

function step({ status }: InvoiceFact): number {
  return STATUS_STEPS.indexOf(status);
}
