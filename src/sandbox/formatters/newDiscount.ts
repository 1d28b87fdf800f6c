import type { Discount } from "../entities.ts";

/** A coupon as it was given to one subscription. */
export function newDiscount(fields: {
  id: string;
  startSeconds: number;
  endSeconds: number | null;
  coupon: string;
  promotionCode: string | null;
  customer: string;
  subscription: string;
  checkoutSession: string | null;
}): Discount {
  return {
    id: fields.id,
    object: "discount",
    checkout_session: fields.checkoutSession,
    customer: fields.customer,
    customer_account: null,
    end: fields.endSeconds,
    invoice: null,
    invoice_item: null,
    promotion_code: fields.promotionCode,
    source: { type: "coupon", coupon: fields.coupon },
    start: fields.startSeconds,
    subscription: fields.subscription,
    subscription_item: null,
  };
}
