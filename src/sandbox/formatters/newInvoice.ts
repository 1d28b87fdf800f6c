import { wholeList } from "../api/page.ts";
import type { Customer, Invoice, InvoiceLine, Price, Subscription } from "../entities.ts";

/** A draft invoice for a subscription. */
export function newInvoice(fields: {
  id: string;
  createdSeconds: number;
  customer: Customer;
  subscription: Subscription;
  billingReason: "subscription_create" | "subscription_cycle" | "subscription_update";
  lines: InvoiceLine[];
  discount: { amount: number; discounts: string[] };
  period: { startSeconds: number; endSeconds: number };
  finalizesAtSeconds: number | null;
}): Invoice {
  const { customer, subscription, lines, discount } = fields;
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const total = subtotal - discount.amount;
  const due = Math.max(0, total);
  return {
    id: fields.id,
    object: "invoice",
    account_country: "US",
    account_name: "Sandbox",
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: fields.finalizesAtSeconds !== null,
    automatic_tax: {
      disabled_reason: null,
      enabled: subscription.automatic_tax.enabled,
      liability: null,
      provider: null,
      status: subscription.automatic_tax.enabled ? "complete" : null,
    },
    automatically_finalizes_at: fields.finalizesAtSeconds,
    billing_reason: fields.billingReason,
    collection_method: "charge_automatically",
    created: fields.createdSeconds,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: discount.discounts,
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: wholeList(`/v1/invoices/${fields.id}/lines`, lines),
    livemode: false,
    metadata: {},
    next_payment_attempt: fields.finalizesAtSeconds,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: "subscription_details",
    },
    payment_settings: {
      default_mandate: null,
      payment_method_options: null,
      payment_method_types: null,
    },
    period_end: fields.period.endSeconds,
    period_start: fields.period.startSeconds,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "draft",
    status_transitions: {
      finalized_at: null,
      marked_uncollectible_at: null,
      paid_at: null,
      voided_at: null,
    },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: discount.discounts.map((id) => ({
      amount: discount.amount,
      discount: id,
    })),
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}

/** A line for one item of a subscription and one period, or for the rest of a period that changed. */
export function newInvoiceLine(fields: {
  id: string;
  invoice: string | null;
  amount: number;
  description: string;
  price: Price;
  quantity: number;
  period: { startSeconds: number; endSeconds: number };
  subscription: Subscription;
  subscriptionItem: string;
  isProration: boolean;
}): InvoiceLine {
  return {
    id: fields.id,
    object: "line_item",
    amount: fields.amount,
    currency: fields.price.currency,
    description: fields.description,
    discount_amounts: [],
    discountable: !fields.isProration,
    discounts: [],
    invoice: fields.invoice,
    livemode: false,
    metadata: fields.subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: fields.isProration,
        proration_details: null,
        subscription: fields.subscription.id,
        subscription_item: fields.subscriptionItem,
      },
      type: "subscription_item_details",
    },
    period: { end: fields.period.endSeconds, start: fields.period.startSeconds },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: fields.price.id, product: fields.price.product },
      type: "price_details",
      unit_amount_decimal: fields.price.unit_amount_decimal,
    },
    quantity: fields.quantity,
    quantity_decimal: String(fields.quantity),
    subscription: fields.subscription.id,
    subtotal: fields.amount,
    taxes: [],
  };
}
