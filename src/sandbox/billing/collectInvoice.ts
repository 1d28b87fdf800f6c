import type { Invoice, PaymentIntent, Subscription } from "../entities.ts";
import { attemptPayment } from "../payments/attemptPayment.ts";
import type { World } from "../state/World.ts";
import { cancelSubscription } from "./cancelSubscription.ts";
import {
  attemptsCounted,
  invoiceOfIntent,
  markAttemptFailed,
  markAttemptStarted,
  markPaid,
  paymentOf,
  subscriptionOfInvoice,
  voidInvoice,
} from "./invoices.ts";

const DAY_SECONDS = 24 * 3_600;

/** Who pays an invoice: the buyer who is there, or nobody, as at a renewal. */
export interface Payer {
  isPresent: boolean;
  /** Tried instead of the subscription's or the customer's default. */
  methodId: string | null;
  /** Where this host's pages are, for the one that authenticates. Null for what happens by itself. */
  origin: string | null;
}

export const NOBODY: Payer = { isPresent: false, methodId: null, origin: null };

/**
 * Tries to take the money of an open invoice, and lets the subscription follow. Does nothing for one that
 * is settled, or whose payment is under way.
 */
export function collectInvoice(world: World, invoiceId: string, payer: Payer): Invoice {
  const invoice = world.must("invoices", invoiceId);
  if (invoice.status !== "open" && invoice.status !== "uncollectible") {
    return invoice;
  }
  const methodId = payer.methodId ?? defaultMethodOf(world, subscriptionOfInvoice(world, invoice));
  if (methodId === null) {
    return attemptFailed(world, invoice);
  }
  const intentId = paymentOf(world, invoiceId).payment.payment_intent ?? "";
  if (world.must("paymentIntents", intentId).status === "processing") {
    return invoice;
  }
  const intent = attemptPayment(world, intentId, methodId, {
    isPresent: payer.isPresent && payer.origin !== null,
    authenticationUrl: `${payer.origin}/authenticate/${intentId}`,
    returnUrl: null,
  });
  invoicePaymentConcluded(world, intent);
  return world.must("invoices", invoiceId);
}

/** The payment method that pays a subscription's invoices; none once its customer is deleted. */
export function defaultMethodOf(world: World, subscription: Subscription): string | null {
  const customer = world.store.get("customers", subscription.customer);
  return customer === undefined
    ? null
    : (subscription.default_payment_method ?? customer.invoice_settings.default_payment_method);
}

/** Lets the invoice of a payment intent, and its subscription, follow what became of the intent. */
export function invoicePaymentConcluded(world: World, intent: PaymentIntent): void {
  const invoice = invoiceOfIntent(world, intent.id);
  if (invoice?.status !== "open" && invoice?.status !== "uncollectible") {
    return;
  }
  if (intent.status === "succeeded") {
    markPaid(world, invoice.id);
    invoiceSettled(world, invoice.id);
  } else if (intent.status === "processing") {
    markAttemptStarted(world, invoice);
    // Stripe trusts a first debit: the subscription is active before the money is there.
    const subscription = subscriptionOfInvoice(world, invoice);
    setStatus(world, subscription, subscription.status === "incomplete" ? "active" : null);
  } else if (intent.status === "requires_payment_method") {
    attemptFailed(world, invoice);
  }
}

/** A subscription's standing follows its newest invoice: paid, voided or given up brings it back. */
export function invoiceSettled(world: World, invoiceId: string): void {
  const subscription = subscriptionOfInvoice(world, world.must("invoices", invoiceId));
  const isBehind = ["incomplete", "past_due", "unpaid"].includes(subscription.status);
  if (isBehind && subscription.latest_invoice === invoiceId) {
    setStatus(world, subscription, "active");
  }
}

function attemptFailed(world: World, invoice: Invoice): Invoice {
  const subscription = subscriptionOfInvoice(world, invoice);
  if (invoice.billing_reason === "subscription_create") {
    const failed = markAttemptFailed(world, invoice, null);
    // A first debit that comes back voids its invoice, and the subscription stays as it is.
    return subscription.status === "active" ? voidInvoice(world, invoice.id) : failed;
  }
  const isLive = ["active", "past_due", "trialing"].includes(subscription.status);
  if (!isLive || invoice.status === "uncollectible") {
    return markAttemptFailed(world, invoice, null);
  }
  if (invoice.next_payment_attempt !== null && invoice.next_payment_attempt > world.nowSeconds()) {
    return markAttemptFailed(world, invoice, invoice.next_payment_attempt);
  }
  const retryAfterDays = world.settings().retryDays[attemptsCounted(world, invoice) - 1];
  const nextSeconds =
    retryAfterDays === undefined
      ? null
      : world.nowSeconds() + Math.round(retryAfterDays * DAY_SECONDS);
  const failed = markAttemptFailed(world, invoice, nextSeconds);
  if (nextSeconds !== null) {
    world.schedule("invoice_retries", invoice.id, nextSeconds);
  }
  if (subscription.latest_invoice === invoice.id) {
    nextSeconds === null ? giveUp(world, subscription) : setStatus(world, subscription, "past_due");
  }
  return failed;
}

/** What the account's setting says for after the last retry. */
function giveUp(world: World, subscription: Subscription): void {
  const { afterLastRetry } = world.settings();
  if (afterLastRetry === "canceled") {
    cancelSubscription(world, subscription, "payment_failed");
  } else {
    setStatus(world, subscription, afterLastRetry);
  }
}

function setStatus(
  world: World,
  subscription: Subscription,
  status: Subscription["status"] | null,
): void {
  if (status !== null) {
    world.update("subscriptions", subscription.id, { status }, "customer.subscription.updated");
  }
}
