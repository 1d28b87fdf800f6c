import type { PromotionCode } from "../entities.ts";

/** A code that buyers enter to get a coupon. */
export function newPromotionCode(fields: {
  id: string;
  createdSeconds: number;
  code: string;
  coupon: string;
  active: boolean;
  metadata: Record<string, string>;
}): PromotionCode {
  return {
    id: fields.id,
    object: "promotion_code",
    active: fields.active,
    code: fields.code,
    created: fields.createdSeconds,
    customer: null,
    customer_account: null,
    expires_at: null,
    livemode: false,
    max_redemptions: null,
    metadata: fields.metadata,
    promotion: { type: "coupon", coupon: fields.coupon },
    restrictions: {
      first_time_transaction: false,
      minimum_amount: null,
      minimum_amount_currency: null,
    },
    times_redeemed: 0,
  };
}
