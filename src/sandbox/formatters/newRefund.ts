import type { Charge, Refund } from "../entities.ts";

/** A refund of a charge. */
export function newRefund(fields: {
  id: string;
  createdSeconds: number;
  charge: Charge;
  amount: number;
  reason: Refund["reason"];
  status: "pending" | "succeeded";
  metadata: Record<string, string>;
}): Refund {
  return {
    id: fields.id,
    object: "refund",
    amount: fields.amount,
    balance_transaction: null,
    charge: fields.charge.id,
    created: fields.createdSeconds,
    currency: fields.charge.currency,
    customer: fields.charge.customer,
    customer_account: null,
    metadata: fields.metadata,
    payment_intent: fields.charge.payment_intent,
    payment_method: fields.charge.payment_method,
    reason: fields.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: fields.status,
    transfer_reversal: null,
  };
}
