import type { Coupon } from "../entities.ts";

/** A new coupon: a share or an amount off, once, for some months, or for ever. */
export function newCoupon(fields: {
  id: string;
  createdSeconds: number;
  percentOff: number | null;
  amountOff: number | null;
  currency: string | null;
  duration: Coupon["duration"];
  durationInMonths: number | null;
  name: string | null;
  metadata: Record<string, string>;
}): Coupon {
  return {
    id: fields.id,
    object: "coupon",
    amount_off: fields.amountOff,
    created: fields.createdSeconds,
    currency: fields.currency,
    duration: fields.duration,
    duration_in_months: fields.durationInMonths,
    livemode: false,
    max_redemptions: null,
    metadata: fields.metadata,
    name: fields.name,
    percent_off: fields.percentOff,
    redeem_by: null,
    times_redeemed: 0,
    valid: true,
  };
}
