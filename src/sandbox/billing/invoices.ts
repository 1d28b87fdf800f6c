import type { Invoice, InvoiceLine, InvoicePayment, Subscription } from "../entities.ts";
import { newInvoice } from "../formatters/newInvoice.ts";
import { newInvoicePayment } from "../formatters/newInvoicePayment.ts";
import { newPaymentIntent } from "../formatters/newPaymentIntent.ts";
import { cancelIntent } from "../payments/cancelIntent.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { discountOn } from "./discounts.ts";
import type { Period } from "./periods.ts";

/** How long a renewal's invoice is a draft. */
export const DRAFT_SECONDS = 3_600;

/** Makes a draft. With `finalizesAtSeconds` it goes on by itself then. */
export function createInvoice(
  world: World,
  subscription: Subscription,
  fields: {
    id: string;
    reason: "subscription_create" | "subscription_cycle" | "subscription_update";
    lines: InvoiceLine[];
    discounts: readonly string[];
    period: Period;
    finalizesAtSeconds: number | null;
  },
): Invoice {
  const pending = world.store
    .all("pendingLines")
    .filter((entry) => entry.subscription === subscription.id);
  for (const { id } of pending) {
    world.store.remove("pendingLines", id);
  }
  const lines = [...pending.map(({ line }) => ({ ...line, invoice: fields.id })), ...fields.lines];
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const invoice = newInvoice({
    id: fields.id,
    createdSeconds: world.nowSeconds(),
    customer: world.must("customers", subscription.customer),
    subscription,
    billingReason: fields.reason,
    lines,
    discount: discountOn(world, fields.discounts, subtotal),
    period: fields.period,
    finalizesAtSeconds: fields.finalizesAtSeconds,
  });
  if (fields.finalizesAtSeconds !== null) {
    world.schedule("invoice_finalizes", invoice.id, fields.finalizesAtSeconds);
  }
  return world.insert("invoices", invoice, "invoice.created");
}

/**
 * Opens a draft: from here on its amounts stand. What is due gets a payment intent (`intentId` when one
 * exists already); an invoice over nothing is paid at once. The customer's credit is used up first.
 *
 * @throws StripeError when it is no draft
 */
export function finalizeInvoice(world: World, id: string, intentId: string | null = null): Invoice {
  const draft = world.find("invoices", id, "invoice");
  if (draft.status !== "draft") {
    throw invalidRequest(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
    );
  }
  const { due: amountDue, endingBalance } = spendCredit(world, draft);
  const number = world.changeSettings({ invoiceNumber: world.settings().invoiceNumber + 1 });
  const open = world.update(
    "invoices",
    id,
    {
      status: "open",
      amount_due: amountDue,
      amount_remaining: amountDue,
      automatically_finalizes_at: null,
      effective_at: world.nowSeconds(),
      ending_balance: endingBalance,
      next_payment_attempt: null,
      number: `SANDBOX-${String(number.invoiceNumber).padStart(4, "0")}`,
      status_transitions: { ...draft.status_transitions, finalized_at: world.nowSeconds() },
    },
    "invoice.finalized",
  );
  if (amountDue === 0) {
    return markPaid(world, id);
  }
  addPayment(world, open, intentId ?? createIntent(world, open));
  return open;
}

/** The payment intent that an open invoice waits for. */
export function paymentOf(world: World, invoice: string): InvoicePayment {
  const payment = world.store
    .all("invoicePayments")
    .findLast((candidate) => candidate.invoice === invoice);
  if (payment === undefined) {
    throw invalidRequest("This invoice has no payment to make.");
  }
  return payment;
}

/** The invoice that a payment intent pays, if it does. */
export function invoiceOfIntent(world: World, intentId: string): Invoice | undefined {
  const payment = world.store
    .all("invoicePayments")
    .findLast(({ payment: { payment_intent } }) => payment_intent === intentId);
  return payment && world.store.get("invoices", payment.invoice);
}

/** The subscription that an invoice bills. */
export function subscriptionOfInvoice(world: World, invoice: Invoice): Subscription {
  return world.must("subscriptions", invoice.parent?.subscription_details?.subscription ?? "");
}

/** Everything is paid: by its payment, or not through Stripe at all. */
export function markPaid(world: World, id: string, isOutOfBand = false): Invoice {
  const invoice = world.must("invoices", id);
  const nowSeconds = world.nowSeconds();
  if (isOutOfBand) {
    cancelIntent(world, paymentOf(world, id).payment.payment_intent ?? "", "void_invoice");
  } else if (invoice.amount_due > 0) {
    paymentMade(world, invoice);
  }
  const wasAttempted = invoice.amount_due > 0 && !isOutOfBand;
  const paid = world.update(
    "invoices",
    id,
    {
      status: "paid",
      amount_paid: invoice.amount_due,
      amount_remaining: 0,
      attempted: true,
      attempt_count: wasAttempted ? attemptsCounted(world, invoice) : invoice.attempt_count,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, paid_at: nowSeconds },
    },
    "invoice.paid",
  );
  if (!isOutOfBand) {
    world.emit("invoice.payment_succeeded", paid);
  }
  return paid;
}

/**
 * The attempts at an invoice with the present one. Stripe counts the first one and the automatic ones, not
 * what somebody tries in between.
 */
export function attemptsCounted(world: World, invoice: Invoice): number {
  const isCounted =
    invoice.attempt_count === 0 || invoice.next_payment_attempt === world.nowSeconds();
  return invoice.attempt_count + (isCounted ? 1 : 0);
}

/** A bank debit is under way, which will tell later how it went. */
export function markAttemptStarted(world: World, invoice: Invoice): Invoice {
  return world.update(
    "invoices",
    invoice.id,
    {
      attempted: true,
      attempt_count: attemptsCounted(world, invoice),
      next_payment_attempt: null,
    },
    "invoice.updated",
  );
}

/** An attempt failed. `nextAttemptSeconds` is null when there is none by itself. */
export function markAttemptFailed(
  world: World,
  invoice: Invoice,
  nextAttemptSeconds: number | null,
): Invoice {
  return world.update(
    "invoices",
    invoice.id,
    {
      attempted: true,
      attempt_count: attemptsCounted(world, invoice),
      auto_advance: nextAttemptSeconds !== null,
      next_payment_attempt: nextAttemptSeconds,
    },
    "invoice.payment_failed",
  );
}

/** @throws StripeError unless the invoice is open or uncollectible */
export function voidInvoice(world: World, id: string): Invoice {
  const invoice = world.find("invoices", id, "invoice");
  if (invoice.status !== "open" && invoice.status !== "uncollectible") {
    throw invalidRequest(
      `You can only void open or uncollectible invoices; it is ${invoice.status}.`,
    );
  }
  cancelIntent(world, paymentOf(world, id).payment.payment_intent ?? "", "void_invoice");
  return world.update(
    "invoices",
    id,
    {
      status: "void",
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, voided_at: world.nowSeconds() },
    },
    "invoice.voided",
  );
}

/** @throws StripeError unless the invoice is open */
export function markUncollectible(world: World, id: string): Invoice {
  const invoice = world.find("invoices", id, "invoice");
  if (invoice.status !== "open") {
    throw invalidRequest(
      `Only open invoices can be marked uncollectible; it is ${invoice.status}.`,
    );
  }
  return world.update(
    "invoices",
    id,
    {
      status: "uncollectible",
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: {
        ...invoice.status_transitions,
        marked_uncollectible_at: world.nowSeconds(),
      },
    },
    "invoice.marked_uncollectible",
  );
}

function paymentMade(world: World, invoice: Invoice): void {
  const payment = paymentOf(world, invoice.id);
  world.update(
    "invoicePayments",
    payment.id,
    {
      status: "paid",
      amount_paid: invoice.amount_due,
      status_transitions: { ...payment.status_transitions, paid_at: world.nowSeconds() },
    },
    "invoice_payment.paid",
  );
}

/** Takes the customer's credit into account and keeps what is left over; a deleted one has none. */
function spendCredit(world: World, draft: Invoice): { due: number; endingBalance: number } {
  const customer = world.store.get("customers", draft.customer ?? "");
  if (customer === undefined) {
    return { due: Math.max(0, draft.total), endingBalance: 0 };
  }
  const owed = draft.total + customer.balance;
  const balance = Math.min(0, owed);
  world.update("customers", customer.id, { balance }, "customer.updated");
  return { due: Math.max(0, owed), endingBalance: balance };
}

function createIntent(world: World, invoice: Invoice): string {
  const id = world.newId("pi");
  const intent = newPaymentIntent({
    id,
    clientSecret: `${id}_secret_${world.newId("s", 20)}`,
    createdSeconds: world.nowSeconds(),
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description:
      invoice.billing_reason === "subscription_create"
        ? "Subscription creation"
        : "Subscription update",
    setupFutureUsage: "off_session",
  });
  return world.insert("paymentIntents", intent, "payment_intent.created").id;
}

function addPayment(world: World, invoice: Invoice, paymentIntent: string): void {
  const payment = newInvoicePayment({
    id: world.newId("inpay"),
    createdSeconds: world.nowSeconds(),
    invoice,
    paymentIntent,
  });
  world.store.insert("invoicePayments", payment);
}
