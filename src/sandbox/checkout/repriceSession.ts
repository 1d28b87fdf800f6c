import { discountedItems, sessionDiscounts } from "../billing/discounts.ts";
import type { CheckoutSession, SessionLineItem } from "../entities.ts";
import { amountsOf } from "../formatters/newCheckoutSession.ts";
import type { World } from "../state/World.ts";

/**
 * Gives an open session other line items or other discounts, and computes its amounts again.
 *
 * @throws StripeError for a discount that can no longer be used
 */
export function repriceSession(
  world: World,
  { id, mode }: CheckoutSession,
  order: { lineItems: readonly SessionLineItem[]; discounts: CheckoutSession["discounts"] },
): CheckoutSession {
  const lineItems = sessionDiscounts(world, order.discounts).reduce(
    (items, { coupon }) => discountedItems(items, coupon),
    [...order.lineItems],
  );
  // The amount has changed, so what was tried with the former one is left behind.
  world.update("sessionDetails", id, { lineItems, paymentIntent: null });
  return world.update("sessions", id, {
    ...amountsOf(mode, lineItems),
    discounts: order.discounts,
  });
}
