import type { PriceReference } from "../../stripe/snapshots.ts";

/** Every plan type, the least first. */
export const PLAN_TYPES = ["free", "professional", "enterprise"] as const;

export type PlanType = (typeof PLAN_TYPES)[number];

/** A plan type that somebody has to pay for. */
export type PaidPlanType = Exclude<PlanType, "free">;

/** The place of a plan type among all: greater is more. */
export function planTypeRank(planType: PlanType): number {
  return PLAN_TYPES.indexOf(planType);
}

/** Prices that buy one plan type. A price is recognised by any of the keys. */
export interface CatalogEntry {
  planType: PaidPlanType;
  /** `lookup_key` of the price: the same text in test and live mode. */
  lookupKeys?: readonly string[];
  /** `price_…`: differs between test and live mode, so both are named. */
  priceIds?: readonly string[];
  /** `prod_…`: every price of the product. */
  productIds?: readonly string[];
}

export interface Catalog {
  entries: readonly CatalogEntry[];
  /**
   * Stripe's Checkout Session events never carry line items. A paid session whose prices nobody has read,
   * and which was linked to a plan by `client_reference_id` or `metadata.planId`, counts as this type.
   * Set it to `"free"` if sessions are linked to plans that do not sell this type.
   */
  purchaseWithPriceUnknown: PlanType;
}

/** A catalog that names one price for two plan types, or names a price with an empty text. */
export class CatalogError extends Error {
  readonly code = "CatalogInvalid";
  override readonly name = "CatalogError";
}

/** What the owner of this deployment sells. The only place to edit when a price is added. */
export const defaultCatalog: Catalog = validCatalog({
  entries: [
    { planType: "professional", lookupKeys: ["professional_monthly", "professional_yearly"] },
    { planType: "enterprise", lookupKeys: ["enterprise_monthly", "enterprise_yearly"] },
  ],
  purchaseWithPriceUnknown: "professional",
});

/** Returns `catalog` unchanged, or throws {@link CatalogError} if a key could mean two plan types. */
export function validCatalog(catalog: Catalog): Catalog {
  const planTypeOfKey = new Map<string, PaidPlanType>();
  for (const { planType, lookupKeys = [], priceIds = [], productIds = [] } of catalog.entries) {
    for (const key of [...lookupKeys, ...priceIds, ...productIds]) {
      if (key === "") {
        throw new CatalogError(`The catalog names an empty key for ${planType}.`);
      }
      const other = planTypeOfKey.get(key) ?? planType;
      if (other !== planType) {
        throw new CatalogError(`The catalog names "${key}" for ${other} and for ${planType}.`);
      }
      planTypeOfKey.set(key, planType);
    }
  }
  return catalog;
}

/**
 * The plan type that a price buys, or `null` for a price that the catalog does not know. If its keys name
 * different types the most particular decides: price id, then lookup key, then product id.
 */
export function recognisePrice(
  price: PriceReference,
  catalog: Catalog = defaultCatalog,
): PaidPlanType | null {
  const entry =
    catalog.entries.find(({ priceIds }) => names(priceIds, price.priceId)) ??
    catalog.entries.find(({ lookupKeys }) => names(lookupKeys, price.lookupKey)) ??
    catalog.entries.find(({ productIds }) => names(productIds, price.productId));
  return entry?.planType ?? null;
}

/** The greatest plan type that any of the prices buys, or `null` if the catalog knows none of them. */
export function recogniseBestPrice(
  prices: readonly PriceReference[],
  catalog: Catalog = defaultCatalog,
): PaidPlanType | null {
  return prices
    .map((price) => recognisePrice(price, catalog))
    .reduce((best, planType) => (rankOrNone(planType) > rankOrNone(best) ? planType : best), null);
}

function names(keys: readonly string[] | undefined, key: string | null): boolean {
  return key !== null && keys?.includes(key) === true;
}

function rankOrNone(planType: PlanType | null): number {
  return planType === null ? -1 : planTypeRank(planType);
}
