import type { PriceReference } from "../../stripe/snapshots.ts";
import { canonicalJson } from "./canonicalJson.ts";

/**
 * Joins two sightings of the prices of one finished purchase, which Stripe does not change afterwards:
 * the longer list wins (an event that carries no prices shows an empty one), then the lesser canonical
 * text, which prefers stated identifiers to missing ones.
 */
export function joinPrices(a: PriceReference[], b: PriceReference[]): PriceReference[] {
  if (a.length !== b.length) {
    return a.length > b.length ? a : b;
  }
  return canonicalJson(a) <= canonicalJson(b) ? a : b;
}
