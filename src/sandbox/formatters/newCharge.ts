import type { Charge, PaymentIntent, PaymentMethod } from "../entities.ts";
import type { Decline } from "../payments/declines.ts";

/** One attempt to take the money of a payment intent: taken, under way, or refused. */
export function newCharge(fields: {
  id: string;
  createdSeconds: number;
  intent: PaymentIntent;
  method: PaymentMethod;
  status: "failed" | "pending" | "succeeded";
  decline: Decline | null;
}): Charge {
  const { intent, method, status, decline } = fields;
  return {
    id: fields.id,
    object: "charge",
    amount: intent.amount,
    amount_captured: status === "succeeded" ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: "SANDBOX",
    captured: status !== "failed",
    created: fields.createdSeconds,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(status, decline),
    paid: status === "succeeded",
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(method),
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
  };
}

/** `outcome` of a charge. */
export function outcomeOf(
  status: "failed" | "pending" | "succeeded",
  decline: Decline | null,
): NonNullable<Charge["outcome"]> {
  const isRefused = status === "failed";
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: isRefused ? "01" : null,
    network_status: isRefused ? "declined_by_network" : "approved_by_network",
    reason: decline?.declineCode ?? null,
    risk_level: "normal",
    risk_score: 1,
    seller_message: isRefused ? "The bank refused the payment." : "Payment complete.",
    type: isRefused ? "issuer_declined" : "authorized",
  };
}

/** Only what tells the methods apart; the rest of Stripe's details is left out. */
function detailsOf(method: PaymentMethod): Charge["payment_method_details"] {
  if (method.sepa_debit !== undefined) {
    const { bank_code, branch_code, country, fingerprint, last4 } = method.sepa_debit;
    return {
      type: "sepa_debit",
      sepa_debit: {
        bank_code,
        branch_code,
        country,
        fingerprint,
        last4,
        mandate: null,
      },
    };
  }
  return { type: "card", card: cardDetailsOf(method) };
}

type CardDetails = NonNullable<NonNullable<Charge["payment_method_details"]>["card"]>;

function cardDetailsOf({ card }: PaymentMethod): CardDetails {
  return {
    amount_authorized: null,
    authorization_code: null,
    brand: card?.brand ?? null,
    checks: card?.checks ?? null,
    country: card?.country ?? null,
    electronic_commerce_indicator: null,
    exp_month: card?.exp_month ?? 0,
    exp_year: card?.exp_year ?? 0,
    fingerprint: card?.fingerprint ?? null,
    funding: card?.funding ?? null,
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    network: "visa",
    network_token: { used: false },
    network_transaction_id: null,
    regulated_status: "unregulated",
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}
