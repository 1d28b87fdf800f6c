import type { PriceReference } from "../snapshots.ts";
import { idOf, type RawObject, recordOf, textOf } from "./fields.ts";

/**
 * What an item or line sells, in any shape: `pricing.price_details` (invoice lines since
 * 2025-03-31.basil), `price`, or `plan` (the only one before prices existed in 2020; a plan's id is also
 * the id of its price). All three fields are `null` where nothing is said.
 */
export function priceReference(holder: RawObject): PriceReference {
  const details = recordOf(recordOf(holder["pricing"])?.["price_details"]);
  const sold = details?.["price"] ?? holder["price"] ?? holder["plan"];
  const price = recordOf(sold);
  return {
    priceId: idOf(sold),
    lookupKey: textOf(price?.["lookup_key"]),
    productId: idOf(details?.["product"]) ?? idOf(price?.["product"]),
  };
}

/** The distinct prices of the lines of a session or invoice, in their order; lines without one are left out. */
export function priceReferences(lines: readonly RawObject[]): PriceReference[] {
  const byContent = new Map<string, PriceReference>();
  for (const line of lines) {
    const price = priceReference(line);
    if (price.priceId !== null || price.productId !== null) {
      byContent.set(JSON.stringify(price), price);
    }
  }
  return [...byContent.values()];
}
