import type { PaymentMethod } from "../entities.ts";
import type { TestMethod } from "../payments/testMethods.ts";

/** A payment method made from a test number. What it does is told by its last four digits. */
export function newPaymentMethod(fields: {
  id: string;
  createdSeconds: number;
  method: TestMethod;
  customer: string | null;
  email: string | null;
  name: string | null;
  metadata?: Record<string, string>;
}): PaymentMethod {
  const { method } = fields;
  const base = {
    id: fields.id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: {
      address: null,
      email: fields.email,
      name: fields.name,
      phone: null,
      tax_id: null,
    },
    created: fields.createdSeconds,
    customer: fields.customer,
    customer_account: null,
    livemode: false,
    metadata: fields.metadata ?? {},
  } as const;
  return method.type === "card"
    ? { ...base, type: "card", card: cardOf(method) }
    : { ...base, type: "sepa_debit", sepa_debit: sepaDebitOf(method) };
}

function cardOf({ last4 }: TestMethod): NonNullable<PaymentMethod["card"]> {
  return {
    brand: "visa",
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    display_brand: "visa",
    exp_month: 12,
    exp_year: 2040,
    fingerprint: `sandbox${last4}`,
    funding: "credit",
    generated_from: null,
    last4,
    networks: { available: ["visa"], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

function sepaDebitOf({ last4 }: TestMethod): NonNullable<PaymentMethod["sepa_debit"]> {
  return {
    bank_code: "19043",
    branch_code: "",
    country: "AT",
    fingerprint: `sandbox${last4}`,
    generated_from: { charge: null, setup_attempt: null },
    last4,
  };
}
