import type { Invoice, InvoicePayment } from "../entities.ts";

/** The link between an invoice and the payment intent that pays it. */
export function newInvoicePayment(fields: {
  id: string;
  createdSeconds: number;
  invoice: Invoice;
  paymentIntent: string;
}): InvoicePayment {
  return {
    id: fields.id,
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: fields.invoice.amount_due,
    created: fields.createdSeconds,
    currency: fields.invoice.currency,
    invoice: fields.invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: fields.paymentIntent, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  };
}
