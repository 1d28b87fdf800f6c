import type { Delivery } from "../delivery/Delivery.ts";
import type { Fault } from "../delivery/Fault.ts";
import type * as entities from "../entities.ts";
import type { SandboxEvent } from "../formatters/event.ts";

/** Something that happens by itself when the sandbox's clock gets there. */
export interface Job {
  id: string;
  dueSeconds: number;
  kind: JobKind;
  /** The object it is about. A job whose object has moved on does nothing. */
  subject: string;
}

export type JobKind =
  | "session_expiry"
  | "payment_settles"
  | "subscription_cancels"
  | "subscription_incomplete_expires"
  | "trial_will_end"
  | "period_ends"
  | "collection_resumes"
  | "invoice_finalizes"
  | "invoice_retries"
  | "refund_settles"
  | "dispute_opens"
  | "dispute_closes";

/** What a Checkout Session was created with and does not show. */
export interface SessionDetails {
  id: string;
  lineItems: entities.SessionLineItem[];
  paymentIntentMetadata: Record<string, string>;
  setupFutureUsage: "off_session" | "on_session" | null;
  subscription: {
    metadata: Record<string, string>;
    description: string | null;
    trialEndSeconds: number | null;
    trialPeriodDays: number | null;
    missingPaymentMethod: "cancel" | "create_invoice" | "pause";
  };
  /** What the buyer tries to pay with; the session shows it in payment mode only. */
  paymentIntent: string | null;
  /** What saves a method when nothing is due; the session shows it in setup mode only. */
  setupIntent: string | null;
}

/** The secrets of a webhook endpoint: the present one, and one that was rolled and still signs. */
export interface EndpointSecrets {
  id: string;
  current: string;
  former: string | null;
  formerUntilSeconds: number | null;
}

/** An amount that the next invoice of a subscription brings: the rest of a changed period. */
export interface PendingLine {
  id: string;
  subscription: string;
  line: entities.InvoiceLine;
}

/** The first answer to a request with an idempotency key. */
export interface IdempotentAnswer {
  id: string;
  /** Method, path and parameters of the request. */
  request: string;
  createdSeconds: number;
  status: number;
  body: string;
}

/** How the sandbox behaves where an account at Stripe has a setting. */
export interface Settings {
  id: "settings";
  /** What becomes of a subscription when the last retry failed. */
  afterLastRetry: "canceled" | "past_due" | "unpaid";
  /** Days after a failed attempt until the next one; one entry for each retry. */
  retryDays: number[];
  /** The sandbox's time is the wall clock plus this. */
  clockOffsetSeconds: number;
  /** Where a same-second fault holds `created`. */
  heldCreatedSeconds: number | null;
  invoiceNumber: number;
}

export interface Tables {
  charges: entities.Charge;
  coupons: entities.Coupon;
  customers: entities.Customer;
  deletedCustomers: { id: string; object: "customer"; deleted: true };
  deliveries: Delivery;
  discounts: entities.Discount;
  disputes: entities.Dispute;
  endpointSecrets: EndpointSecrets;
  events: SandboxEvent;
  faults: Fault;
  idempotentAnswers: IdempotentAnswer;
  invoicePayments: entities.InvoicePayment;
  invoices: entities.Invoice;
  jobs: Job;
  paymentIntents: entities.PaymentIntent;
  paymentMethods: entities.PaymentMethod;
  pendingLines: PendingLine;
  portalSessions: entities.PortalSession;
  prices: entities.Price;
  products: entities.Product;
  promotionCodes: entities.PromotionCode;
  refunds: entities.Refund;
  sessionDetails: SessionDetails;
  sessions: entities.CheckoutSession;
  settings: Settings;
  setupIntents: entities.SetupIntent;
  subscriptions: entities.Subscription;
  webhookEndpoints: entities.WebhookEndpoint;
}

export type TableName = keyof Tables;

/** Every table, so that a stored row of an unknown one is noticed. */
export const TABLE_NAMES: readonly TableName[] = [
  "charges",
  "coupons",
  "customers",
  "deletedCustomers",
  "deliveries",
  "discounts",
  "disputes",
  "endpointSecrets",
  "events",
  "faults",
  "idempotentAnswers",
  "invoicePayments",
  "invoices",
  "jobs",
  "paymentIntents",
  "paymentMethods",
  "pendingLines",
  "portalSessions",
  "prices",
  "products",
  "promotionCodes",
  "refunds",
  "sessionDetails",
  "sessions",
  "settings",
  "setupIntents",
  "subscriptions",
  "webhookEndpoints",
];
