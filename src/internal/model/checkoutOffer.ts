import type { PaidPlanType } from "./catalog.ts";

/** How often a price is paid. */
export type OfferInterval = "month" | "year" | "once";

/** One thing that the checkout sells. The catalog must know its lookup key as the same plan type. */
export interface CheckoutOffer {
  planType: PaidPlanType;
  interval: OfferInterval;
  /** `lookup_key` of the price. A price that recurs makes a subscription, any other one payment. */
  lookupKey: string;
  /** The most seats of one purchase; 1 where seats are not sold. */
  maxSeats: number;
  /** Days for which a subscription is free at first; null: none. */
  trialDays: number | null;
}

/** What the checkout sells, and how. The only place to edit when an offer is added. */
export const CHECKOUT_OFFERS: readonly CheckoutOffer[] = [
  offer("professional", "month", "professional_monthly"),
  offer("professional", "year", "professional_yearly"),
  offer("enterprise", "month", "enterprise_monthly"),
  offer("enterprise", "year", "enterprise_yearly"),
];

/** What holds for every session. */
export const CHECKOUT_SETTINGS: { promotionCodes: boolean; automaticTax: boolean } = {
  promotionCodes: true,
  automaticTax: false,
};

/** What a buyer asks for: a lookup key, or a plan type and an interval (by default a month). */
export interface OfferRequest {
  plan?: string | undefined;
  interval?: string | undefined;
  lookupKey?: string | undefined;
}

/** The offer that is asked for, or null when it is not on sale. */
export function findOffer({
  plan,
  interval = "month",
  lookupKey,
}: OfferRequest): CheckoutOffer | null {
  return (
    CHECKOUT_OFFERS.find((each) =>
      lookupKey === undefined
        ? each.planType === plan && each.interval === interval
        : each.lookupKey === lookupKey,
    ) ?? null
  );
}

function offer(planType: PaidPlanType, interval: OfferInterval, lookupKey: string): CheckoutOffer {
  return { planType, interval, lookupKey, maxSeats: 1_000, trialDays: null };
}
