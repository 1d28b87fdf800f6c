import type { CheckoutSession, SessionLineItem } from "../entities.ts";
import type { World } from "../state/World.ts";
import { repriceSession } from "./repriceSession.ts";

/**
 * The buyer changes how many of an adjustable line item they buy. A discount counts for the new amount.
 *
 * @returns why not, for the buyer; null when it is done
 */
export function changeQuantity(
  world: World,
  session: CheckoutSession,
  { itemId, quantity: text }: { itemId: string; quantity: string },
): string | null {
  const { lineItems } = world.must("sessionDetails", session.id);
  const item = lineItems.find(({ id }) => id === itemId);
  const bounds = item === undefined ? null : quantityBounds(item);
  if (bounds === null) {
    return "The quantity of this item cannot be changed.";
  }
  const quantity = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(quantity >= bounds.min && quantity <= bounds.max)) {
    return `Choose a quantity from ${bounds.min} to ${bounds.max}.`;
  }
  const changed = lineItems.map((each) => (each === item ? withQuantity(each, quantity) : each));
  repriceSession(world, session, { lineItems: changed, discounts: session.discounts });
  return null;
}

/** From how many to how many the buyer may choose; null: not at all. An item is never taken off the order. */
export function quantityBounds({
  adjustable_quantity: adjustable,
}: SessionLineItem): { min: number; max: number } | null {
  return adjustable?.enabled === true
    ? { min: Math.max(1, adjustable.minimum ?? 0), max: adjustable.maximum ?? 99 }
    : null;
}

function withQuantity(item: SessionLineItem, quantity: number): SessionLineItem {
  const total = (item.price?.unit_amount ?? 0) * quantity;
  return { ...item, quantity, amount_subtotal: total, amount_discount: 0, amount_total: total };
}
