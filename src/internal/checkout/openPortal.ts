import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { requireStripeSecretKey } from "../environment.ts";
import { refusal } from "../refusal.ts";
import { backAddress, ownOrigin, requireAllowedUrl } from "./allowedOrigins.ts";
import { openSellingApi, requireText, SELLING_MS } from "./sellingApi.ts";
import { stripeRefusal } from "./stripeRefusal.ts";

/**
 * A fresh portal session of the owner's own customer. What is done there comes back as events.
 *
 * @throws ConvexError `stripe_key_missing`, `origin_not_allowed`, `customer_not_found`,
 *   `too_many_requests`, `stripe_unavailable`, `stripe_refused`
 */
export async function openPortal(
  ctx: ActionCtx,
  ownerId: string,
  returnUrl: string | undefined,
): Promise<{ url: string }> {
  const back =
    returnUrl === undefined
      ? (backAddress() ?? ownOrigin())
      : requireAllowedUrl(returnUrl, "plain");
  requireStripeSecretKey();
  const customer = await ctx.runQuery(internal.checkout.customerOf, { ownerId });
  if (customer === null) {
    throw refusal(
      "customer_not_found",
      "Nothing was bought here yet, so there is nothing to manage.",
    );
  }
  await ctx.runMutation(internal.checkout.countPortal, { ownerId });
  try {
    const stripe = openSellingApi(Date.now() + SELLING_MS);
    const { url } = await stripe.billingPortal.sessions.create({
      customer: customer.customerId,
      return_url: back,
    });
    return { url: requireText(url) };
  } catch (error) {
    throw stripeRefusal(error);
  }
}
