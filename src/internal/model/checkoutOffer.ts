import { type Catalog, defaultCatalog, type PaidPlanType, recognisePrice } from "./catalog.ts";

/** How often a price is paid. */
export type OfferInterval = "month" | "year" | "once";

/** One thing that the checkout sells. */
export interface CheckoutOffer extends OfferTerms {
  planType: PaidPlanType;
  interval: OfferInterval;
  /** `lookup_key` of the price, which must be paid as often as `interval` says: at Stripe too. */
  lookupKey: string;
}

/** How it is sold. */
export interface OfferTerms {
  seats: OfferSeats;
  /** Free days at first, for owners who never had a subscription; null: none. */
  trial: OfferTrial | null;
  /** Whether the buyer may enter one on Stripe's page. */
  promotionCodes: boolean;
  /** Whether Stripe computes the tax, which has to be set up there. */
  automaticTax: boolean;
}

/** How many can be bought at once: from 1 to 999,999. */
export interface OfferSeats {
  min: number;
  max: number;
  /** Whether the buyer may still change them on Stripe's page, within the same bounds. */
  isAdjustable: boolean;
}

export interface OfferTrial {
  /** 1 to 730. */
  days: number;
  /** `if_required`: the trial begins without a card. */
  paymentMethodCollection: "always" | "if_required";
  /** What Stripe does when the trial ends and there is still none. */
  missingPaymentMethod: "cancel" | "create_invoice" | "pause";
}

/** Stripe's bounds. */
const MAX_SEATS = 999_999;
const MAX_TRIAL_DAYS = 730;

/** What an offer does not say. */
const USUAL_TERMS: OfferTerms = {
  seats: { min: 1, max: 1_000, isAdjustable: false },
  trial: null,
  promotionCodes: true,
  automaticTax: false,
};

/** An offer that the catalog, or Stripe, would not take. */
export class CheckoutOfferError extends Error {
  readonly code = "CheckoutOfferInvalid";
  override readonly name = "CheckoutOfferError";
}

/** What the checkout sells, and how. The only place to edit when an offer is added. */
export const CHECKOUT_OFFERS: readonly CheckoutOffer[] = validOffers([
  offer("professional", "month", "professional_monthly"),
  offer("professional", "year", "professional_yearly"),
  offer("enterprise", "month", "enterprise_monthly"),
  offer("enterprise", "year", "enterprise_yearly"),
]);

/** An offer in the usual terms, but for those that are given. */
export function offer(
  planType: PaidPlanType,
  interval: OfferInterval,
  lookupKey: string,
  terms: Partial<OfferTerms> = {},
): CheckoutOffer {
  return { planType, interval, lookupKey, ...USUAL_TERMS, ...terms };
}

/** What a buyer asks for: a lookup key, or a plan type and an interval (by default a month). */
export interface OfferRequest {
  plan?: string | undefined;
  interval?: string | undefined;
  lookupKey?: string | undefined;
}

/** The offer that is asked for, or null when it is not on sale. */
export function findOffer(
  { plan, interval = "month", lookupKey }: OfferRequest,
  offers: readonly CheckoutOffer[] = CHECKOUT_OFFERS,
): CheckoutOffer | null {
  return (
    offers.find((each) =>
      lookupKey === undefined
        ? each.planType === plan && each.interval === interval
        : each.lookupKey === lookupKey,
    ) ?? null
  );
}

/**
 * Returns `offers` unchanged, or throws {@link CheckoutOfferError}: what is sold must be what the plan
 * becomes when it is paid.
 */
export function validOffers(
  offers: readonly CheckoutOffer[],
  catalog: Catalog = defaultCatalog,
): readonly CheckoutOffer[] {
  const seen = new Set<string>();
  for (const each of offers) {
    const problem = problemOf(each, catalog);
    if (problem !== null) {
      throw new CheckoutOfferError(`The offer "${each.lookupKey}" ${problem}.`);
    }
    for (const name of [each.lookupKey, `${each.planType} ${each.interval}`]) {
      if (seen.has(name)) {
        throw new CheckoutOfferError(`There are two offers for "${name}".`);
      }
      seen.add(name);
    }
  }
  return offers;
}

function problemOf(each: CheckoutOffer, catalog: Catalog): string | null {
  const { planType, interval, lookupKey, seats, trial } = each;
  const bought = recognisePrice({ priceId: null, lookupKey, productId: null }, catalog);
  if (bought !== planType) {
    return `is for ${planType}, but the catalog knows its price as ${bought ?? "nothing"}`;
  }
  if (!isWhole(seats.min, 1, seats.max) || !isWhole(seats.max, seats.min, MAX_SEATS)) {
    return `has seats that are not 1 to ${MAX_SEATS}`;
  }
  if (trial !== null && !isWhole(trial.days, 1, MAX_TRIAL_DAYS)) {
    return `has a trial that is not 1 to ${MAX_TRIAL_DAYS} days`;
  }
  if (interval !== "once") {
    return null;
  }
  // Events of a session say neither its price nor its quantity, and no subscription says them later.
  if (catalog.purchaseWithPriceUnknown !== planType) {
    return `is paid once, but a paid session counts as ${catalog.purchaseWithPriceUnknown}`;
  }
  if (seats.max > 1) {
    return "is paid once, so its seats would not be known";
  }
  return trial === null ? null : "is paid once, so it has no trial";
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
