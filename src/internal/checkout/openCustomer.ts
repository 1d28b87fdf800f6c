import { sha256Hex } from "#digests";
import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { RESOURCE_MISSING, type StripeApi, stripeFailure } from "../recovery/stripeApi.ts";
import type { CheckoutTurn } from "./CheckoutTurn.ts";

/**
 * The one customer of an owner, made when there is none. One that Stripe no longer knows is replaced.
 *
 * @throws whatever the SDK throws; nothing was written then
 */
export async function openCustomer(
  ctx: ActionCtx,
  stripe: StripeApi["stripe"],
  { ownerId, planId, mode, customer }: CheckoutTurn,
): Promise<string> {
  if (customer !== null && (await isKnown(stripe, customer.customerId))) {
    return customer.customerId;
  }
  const replaced = customer === null ? 0 : customer.replaced + 1;
  const created = await stripe.customers.create(
    { metadata: { planId } },
    { idempotencyKey: `tollgate:customer:${mode}:${sha256Hex(ownerId)}:${replaced}` },
  );
  return await ctx.runMutation(internal.checkout.rememberCustomer, {
    ownerId,
    customerId: created.id,
    replaced,
  });
}

async function isKnown(stripe: StripeApi["stripe"], customerId: string): Promise<boolean> {
  try {
    const customer = await stripe.customers.retrieve(customerId);
    return customer.deleted !== true;
  } catch (error) {
    if (stripeFailure(error) === RESOURCE_MISSING) {
      return false;
    }
    throw error;
  }
}
