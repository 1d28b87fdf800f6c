import type { CheckoutOffer } from "../model/checkoutOffer.ts";
import { refusal } from "../refusal.ts";
import { listed, requireText, type SellingApi } from "./sellingApi.ts";

/**
 * The price of an offer. It must be paid as often as the offer says, or the buyer would be told one thing
 * and pay another.
 *
 * @throws ConvexError `price_not_found`, `price_mismatch`; whatever the SDK throws
 */
export async function findPrice(
  stripe: SellingApi,
  { lookupKey, interval }: CheckoutOffer,
  mode: "test" | "live",
): Promise<string> {
  const prices = listed((page) =>
    stripe.prices.list({ lookup_keys: [lookupKey], active: true, ...page }),
  );
  for await (const { id, recurring, livemode } of prices) {
    const isPaidSo =
      interval === "once"
        ? recurring === null
        : recurring?.interval === interval && recurring.interval_count === 1;
    if (!isPaidSo || livemode !== (mode === "live")) {
      throw refusal("price_mismatch", "The price at Stripe is not the one of this offer.");
    }
    return requireText(id);
  }
  throw refusal("price_not_found", "Stripe has no active price for this plan.");
}
