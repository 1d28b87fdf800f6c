import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { RESOURCE_MISSING, stripeFailure } from "../recovery/stripeApi.ts";
import type { CheckoutTurn } from "./CheckoutTurn.ts";
import { requireText, type SellingApi } from "./sellingApi.ts";

/**
 * The one customer of an owner, made when there is none. One that Stripe no longer knows is replaced.
 *
 * @throws whatever the SDK throws, StripeAnswerError; nothing was written then
 */
export async function openCustomer(
  ctx: ActionCtx,
  stripe: SellingApi,
  { ownerId, planId, mode, customer }: CheckoutTurn,
): Promise<string> {
  if (customer !== null && (await isKnown(stripe, customer.customerId))) {
    return customer.customerId;
  }
  const replaced = customer === null ? 0 : customer.replaced + 1;
  // By the plan and not by its owner: after an erasure the same owner is somebody else.
  const created = await stripe.customers.create(
    { metadata: { planId } },
    { idempotencyKey: `tollgate:customer:${mode}:${planId}:${replaced}` },
  );
  return await ctx.runMutation(internal.checkout.rememberCustomer, {
    ownerId,
    customerId: requireText(created.id),
    replaced,
  });
}

async function isKnown(stripe: SellingApi, customerId: string): Promise<boolean> {
  try {
    const customer = await stripe.customers.retrieve(customerId);
    return requireText(customer.id) === customerId && customer.deleted !== true;
  } catch (error) {
    if (stripeFailure(error) === RESOURCE_MISSING) {
      return false;
    }
    throw error;
  }
}
