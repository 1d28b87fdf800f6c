/**
 * What Tollgate keeps of a Stripe object: the fields that plans are decided from, under one name
 * whatever the API version called them. Readers in `readers/` make these from raw objects; the model
 * in `src/internal/model/` joins and interprets them.
 *
 * All times are Unix seconds as Stripe sends them. `null` means "Stripe said nothing or null". Ids are
 * plain strings: an expanded object is reduced to its id.
 */

/** How a catalog can recognise what was bought; any of the three may be missing. */
export interface PriceReference {
  priceId: string | null;
  lookupKey: string | null;
  productId: string | null;
}

export interface SubscriptionItemSnapshot extends PriceReference {
  quantity: number | null;
  currentPeriodStartSeconds: number | null;
  currentPeriodEndSeconds: number | null;
}

export interface SubscriptionSnapshot {
  id: string;
  customerId: string | null;
  /** Stripe's status text; unknown values pass through and must be treated as granting nothing. */
  status: string;
  items: SubscriptionItemSnapshot[];
  /** False when the item list was cut (`has_more`): a read of the whole object is needed. */
  itemsComplete: boolean;
  cancelAtPeriodEnd: boolean;
  cancelAtSeconds: number | null;
  canceledAtSeconds: number | null;
  endedAtSeconds: number | null;
  trialEndSeconds: number | null;
  /** The subscription itself names what is charged; the customer's own default is not looked at. */
  hasPaymentMethod: boolean;
  pauseCollectionBehavior: string | null;
  /** `cancellation_details.reason`, such as `payment_failed`. */
  cancellationReason: string | null;
  /** `metadata.planId`. */
  planIdClaim: string | null;
}

export interface CheckoutSessionSnapshot {
  id: string;
  mode: "payment" | "subscription" | "setup";
  status: "open" | "complete" | "expired";
  paymentStatus: "unpaid" | "paid" | "no_payment_required";
  customerId: string | null;
  subscriptionId: string | null;
  paymentIntentId: string | null;
  amountTotalMinorUnits: number | null;
  /** `client_reference_id` and `metadata.planId`, without repeats. */
  planIdClaims: string[];
  /** From `line_items`, which events do not carry unless somebody expanded them. */
  prices: PriceReference[];
}

export interface InvoiceSnapshot {
  /** Absent in `invoice.upcoming`. */
  id: string | null;
  customerId: string | null;
  subscriptionId: string | null;
  status: "draft" | "open" | "paid" | "uncollectible" | "void";
  attemptCount: number;
  createdSeconds: number | null;
  /** The end of the last period that a line bills. */
  periodEndSeconds: number | null;
  prices: PriceReference[];
  /** The subscription's `metadata.planId` as the invoice copied it. */
  planIdClaim: string | null;
}

export interface ChargeSnapshot {
  id: string;
  customerId: string | null;
  paymentIntentId: string | null;
  amountCapturedMinorUnits: number;
  amountRefundedMinorUnits: number;
  /** Everything that was paid went back. */
  refundedInFull: boolean;
  /** `metadata.planId`, copied once from the payment intent. */
  planIdClaim: string | null;
}

export interface CustomerSnapshot {
  id: string;
  deleted: boolean;
}

export interface RefundSnapshot {
  id: string;
  chargeId: string | null;
  paymentIntentId: string | null;
  amountMinorUnits: number;
  status: "pending" | "requires_action" | "succeeded" | "canceled" | "failed";
}

export interface DisputeSnapshot {
  id: string;
  chargeId: string | null;
  paymentIntentId: string | null;
  /** `unknown` for a status that is newer than this code. */
  status: DisputeStatus;
}

/**
 * Stripe's statuses of a dispute in the order in which one moves through them. `warning_*` is an
 * inquiry, which moves no money; a lost dispute can be appealed.
 */
export const DISPUTE_STATUSES = [
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "prevented",
  "needs_response",
  "under_review",
  "lost",
  "appeal_needs_response",
  "appeal_under_review",
  "won",
  "unknown",
] as const;

export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];
