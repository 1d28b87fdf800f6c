import type { CheckoutSession, Customer, SessionLineItem } from "../entities.ts";

/** An open Checkout Session with a hosted page. */
export function newCheckoutSession(fields: {
  id: string;
  createdSeconds: number;
  expiresAtSeconds: number;
  mode: CheckoutSession["mode"];
  url: string;
  successUrl: string;
  cancelUrl: string | null;
  currency: string | null;
  lineItems: SessionLineItem[];
  customer: Customer | null;
  customerEmail: string | null;
  customerCreation: "always" | "if_required" | null;
  clientReferenceId: string | null;
  metadata: Record<string, string>;
  allowPromotionCodes: boolean | null;
  automaticTax: boolean;
  /** Null: every kind. */
  allowedPaymentMethodTypes: ("card" | "sepa_debit")[] | null;
  paymentMethodCollection: "always" | "if_required";
  discounts: { coupon: string | null; promotion_code: string | null }[];
  locale: CheckoutSession["locale"];
  submitType: CheckoutSession["submit_type"];
}): CheckoutSession {
  return {
    id: fields.id,
    object: "checkout.session",
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: fields.allowPromotionCodes,
    allowed_payment_method_types: fields.allowedPaymentMethodTypes,
    ...amountsOf(fields.mode, fields.lineItems),
    automatic_tax: {
      enabled: fields.automaticTax,
      liability: null,
      provider: null,
      status: fields.automaticTax ? "complete" : null,
    },
    billing_address_collection: null,
    cancel_url: fields.cancelUrl,
    client_reference_id: fields.clientReferenceId,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: fields.createdSeconds,
    currency: fields.currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: fields.customer?.id ?? null,
    customer_account: null,
    customer_creation: fields.customerCreation,
    customer_details:
      fields.customer === null
        ? null
        : customerDetails(fields.customer.email, fields.customer.name ?? null),
    customer_email: fields.customerEmail,
    discounts: fields.discounts,
    expires_at: fields.expiresAtSeconds,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: fields.locale,
    managed_payments: null,
    metadata: fields.metadata,
    mode: fields.mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      fields.mode === "subscription" ? fields.paymentMethodCollection : null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: fields.allowedPaymentMethodTypes ?? ["card", "sepa_debit"],
    payment_status: fields.mode === "setup" ? "no_payment_required" : "unpaid",
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: fields.submitType,
    subscription: null,
    success_url: fields.successUrl,
    ui_mode: "hosted_page",
    url: fields.url,
    wallet_options: null,
  };
}

/** `customer_details` of a session whose buyer is known. */
export function customerDetails(
  email: string | null,
  name: string | null,
): NonNullable<CheckoutSession["customer_details"]> {
  return {
    address: null,
    business_name: null,
    email,
    individual_name: name,
    name,
    phone: null,
    tax_exempt: "none",
    tax_ids: [],
  };
}

/** The amounts of a session with these line items. */
export function amountsOf(
  mode: CheckoutSession["mode"],
  lineItems: readonly SessionLineItem[],
): Pick<CheckoutSession, "amount_subtotal" | "amount_total" | "total_details"> {
  if (mode === "setup") {
    return { amount_subtotal: null, amount_total: null, total_details: null };
  }
  const sum = (field: "amount_discount" | "amount_subtotal" | "amount_total") =>
    lineItems.reduce((total, item) => total + item[field], 0);
  return {
    amount_subtotal: sum("amount_subtotal"),
    amount_total: sum("amount_total"),
    total_details: { amount_discount: sum("amount_discount"), amount_shipping: 0, amount_tax: 0 },
  };
}
