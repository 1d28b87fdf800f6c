import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { openStripeApi } from "../recovery/stripeApi.ts";
import { refusal } from "../refusal.ts";
import { ownOrigin, requireAllowedUrl } from "./allowedOrigins.ts";
import { stripeRefusal } from "./stripeRefusal.ts";

/**
 * A fresh portal session of the owner's own customer. What is done there comes back as events.
 *
 * @throws ConvexError `stripe_key_missing`, `origin_not_allowed`, `customer_not_found`,
 *   `stripe_unavailable`, `stripe_refused`
 */
export async function openPortal(
  ctx: ActionCtx,
  ownerId: string,
  returnUrl: string | undefined,
): Promise<{ url: string }> {
  const back = returnUrl === undefined ? ownOrigin() : requireAllowedUrl(returnUrl);
  const { stripe } = openStripeApi();
  const customer = await ctx.runQuery(internal.checkout.customerOf, { ownerId });
  if (customer === null) {
    throw refusal(
      "customer_not_found",
      "Nothing was bought here yet, so there is nothing to manage.",
    );
  }
  try {
    const { url } = await stripe.billingPortal.sessions.create({
      customer: customer.customerId,
      return_url: back,
    });
    return { url };
  } catch (error) {
    throw stripeRefusal(error);
  }
}
