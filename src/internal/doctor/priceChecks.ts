import { type CatalogEntry, defaultCatalog } from "../model/catalog.ts";
import { CHECKOUT_OFFERS, type CheckoutOffer } from "../model/checkoutOffer.ts";
import type { StripeApi } from "../recovery/stripeApi.ts";
import { type Check, fail, ok } from "./Check.ts";

type Prices = StripeApi["stripe"]["prices"];

/** What is looked at of a price. */
interface ListedPrice {
  lookup_key: string | null;
  recurring: { interval: string; interval_count: number } | null;
}

/** Stripe's bound of one list. */
const LOOKUP_KEYS_PER_LIST = 10;

/** Keys of the catalog that are looked up. */
const MAX_KEYS = 60;

/** Whether Stripe has what the catalog names and the offers sell. @throws what the SDK throws */
export async function priceChecks(prices: Prices): Promise<Check[]> {
  const { entries } = defaultCatalog;
  const lookupKeys = keysOf(entries, "lookupKeys");
  const found = await listedPrices(prices, lookupKeys);
  const missing = lookupKeys.filter((key) => !found.some(({ lookup_key }) => lookup_key === key));
  for (const priceId of keysOf(entries, "priceIds")) {
    const price = await prices.retrieve(priceId).catch(nullWhenMissing);
    if (price?.active !== true) {
      missing.push(priceId);
    }
  }
  for (const product of keysOf(entries, "productIds")) {
    const { data } = await prices.list({ product, active: true, limit: 1 });
    if (data.length === 0) {
      missing.push(product);
    }
  }
  return [catalogCheck(missing), offersCheck(found)];
}

function keysOf(
  entries: readonly CatalogEntry[],
  kind: "lookupKeys" | "priceIds" | "productIds",
): string[] {
  return entries.flatMap((entry) => entry[kind] ?? []).slice(0, MAX_KEYS);
}

async function listedPrices(prices: Prices, lookupKeys: readonly string[]): Promise<ListedPrice[]> {
  const found: ListedPrice[] = [];
  for (let at = 0; at < lookupKeys.length; at += LOOKUP_KEYS_PER_LIST) {
    const lookup_keys = lookupKeys.slice(at, at + LOOKUP_KEYS_PER_LIST);
    const { data } = await prices.list({ lookup_keys, active: true, limit: 100 });
    found.push(...data);
  }
  return found;
}

function nullWhenMissing(error: unknown): null {
  if ((error as { statusCode?: number }).statusCode === 404) {
    return null;
  }
  throw error;
}

function catalogCheck(missing: readonly string[]): Check {
  return missing.length > 0
    ? fail(
        "catalog_prices",
        `Stripe has no active price for ${missing.join(", ")}.`,
        "Make the price at Stripe in this mode, or mend src/internal/model/catalog.ts.",
      )
    : ok("catalog_prices", "Stripe has an active price for each key of the catalog.");
}

/** Offers whose price is missing are told of by the catalog's check. */
function offersCheck(found: readonly ListedPrice[]): Check {
  const wrong = CHECKOUT_OFFERS.filter((offer) =>
    found.some((price) => price.lookup_key === offer.lookupKey && !isPaidAs(price, offer)),
  ).map(({ lookupKey }) => lookupKey);
  return wrong.length > 0
    ? fail(
        "offers",
        `Paid otherwise at Stripe than offered: ${wrong.join(", ")}. The checkout refuses to sell them.`,
        "Mend the interval in src/internal/model/checkoutOffer.ts, or the price at Stripe.",
      )
    : ok("offers", "Each offer is paid at Stripe as often as it says.");
}

function isPaidAs({ recurring }: ListedPrice, { interval }: CheckoutOffer): boolean {
  return interval === "once"
    ? recurring === null
    : recurring?.interval === interval && recurring.interval_count === 1;
}
