import { stripeFailure } from "../recovery/stripeApi.ts";
import { refusal, refusalCode } from "../refusal.ts";

/** What to tell a buyer when a request to Stripe failed; a refusal stays what it is. */
export function stripeRefusal(error: unknown): unknown {
  if (refusalCode(error) !== null) {
    return error;
  }
  const failure = stripeFailure(error);
  switch (failure) {
    case "internal_error":
      return error;
    case "stripe_refused":
    case "resource_missing":
      return refusal("stripe_refused", "Stripe refused this. Nothing was bought.");
    default:
      return refusal(
        "stripe_unavailable",
        "Stripe cannot be reached at the moment. Nothing was bought; try again in a minute.",
      );
  }
}
