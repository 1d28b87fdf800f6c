import type { CheckoutSession, Coupon, SessionLineItem } from "../entities.ts";
import { newDiscount } from "../formatters/newDiscount.ts";
import { invalidRequest, resourceMissing } from "../StripeError.ts";
import type { World } from "../state/World.ts";

/** A coupon, and the promotion code it was named by. */
export interface ChosenDiscount {
  coupon: Coupon;
  promotionCode: string | null;
}

/**
 * The coupon that a parameter names.
 *
 * @throws StripeError for neither or both of the two names, or unknown ones
 */
export function chosenDiscount(
  world: World,
  named: { coupon?: string | undefined; promotion_code?: string | undefined },
): ChosenDiscount {
  if ((named.coupon === undefined) === (named.promotion_code === undefined)) {
    throw invalidRequest("A discount is either a coupon or a promotion_code.", {
      param: "discounts",
    });
  }
  if (named.coupon !== undefined) {
    const coupon = world.find("coupons", named.coupon, "coupon", "discounts[0][coupon]");
    return { coupon, promotionCode: null };
  }
  const id = named.promotion_code ?? "";
  const code = world.find("promotionCodes", id, "promotion code", "discounts[0][promotion_code]");
  if (!code.active) {
    throw invalidRequest(`The promotion code ${id} is not active.`, { param: "discounts" });
  }
  return { coupon: world.must("coupons", code.promotion.coupon ?? ""), promotionCode: code.id };
}

/** Those that a Checkout Session shows. @throws StripeError as {@link chosenDiscount} */
export function sessionDiscounts(
  world: World,
  discounts: CheckoutSession["discounts"],
): ChosenDiscount[] {
  return (discounts ?? []).map(({ coupon, promotion_code }) =>
    chosenDiscount(world, promotion_code === null ? { coupon: coupon ?? "" } : { promotion_code }),
  );
}

/** The active promotion code that a buyer entered. @throws StripeError `resource_missing` */
export function enteredPromotionCode(world: World, text: string): ChosenDiscount {
  const code = world.store
    .all("promotionCodes")
    .find(({ active, code: known }) => active && known.toLowerCase() === text.toLowerCase());
  if (code === undefined) {
    throw resourceMissing("promotion code", text, "promotion_code");
  }
  return { coupon: world.must("coupons", code.promotion.coupon ?? ""), promotionCode: code.id };
}

/** How much a coupon takes off `amount`. */
export function amountOff(coupon: Coupon, amount: number): number {
  const off =
    coupon.percent_off === null
      ? (coupon.amount_off ?? 0)
      : Math.round((amount * coupon.percent_off) / 100);
  return Math.max(0, Math.min(off, amount));
}

/** Line items with a coupon's amount taken off, from the first one on. */
export function discountedItems(
  items: readonly SessionLineItem[],
  coupon: Coupon,
): SessionLineItem[] {
  const subtotal = items.reduce((sum, item) => sum + item.amount_subtotal, 0);
  let left = amountOff(coupon, subtotal);
  return items.map((item) => {
    const off = Math.min(left, item.amount_subtotal);
    left -= off;
    return { ...item, amount_discount: off, amount_total: item.amount_subtotal - off };
  });
}

/**
 * Gives a coupon to a subscription and returns the discount's id. A coupon for `once` counts for the first
 * invoice only.
 */
export function giveDiscount(
  world: World,
  { coupon, promotionCode }: ChosenDiscount,
  to: { customer: string; subscription: string; checkoutSession: string | null },
): string {
  const startSeconds = world.nowSeconds();
  const discount = newDiscount({
    id: world.newId("di"),
    startSeconds,
    endSeconds: endOf(coupon, startSeconds),
    coupon: coupon.id,
    promotionCode,
    ...to,
  });
  world.insert("discounts", discount, "customer.discount.created");
  world.update("coupons", coupon.id, { times_redeemed: coupon.times_redeemed + 1 });
  return discount.id;
}

/** Those of a subscription's discounts that still count. */
export function liveDiscounts(world: World, ids: readonly string[]): string[] {
  const nowSeconds = world.nowSeconds();
  return ids.filter((id) => {
    const { end, source } = world.must("discounts", id);
    const { duration } = world.must("coupons", source.coupon ?? "");
    return duration !== "once" && (end === null || end > nowSeconds);
  });
}

/** What discounts take off an invoice's `subtotal`. */
export function discountOn(
  world: World,
  ids: readonly string[],
  subtotal: number,
): { amount: number; discounts: string[] } {
  const amount = ids.reduce((off, id) => {
    const coupon = world.must("coupons", world.must("discounts", id).source.coupon ?? "");
    return off + amountOff(coupon, Math.max(0, subtotal - off));
  }, 0);
  return { amount, discounts: [...ids] };
}

function endOf({ duration, duration_in_months }: Coupon, startSeconds: number): number | null {
  if (duration !== "repeating") {
    return null;
  }
  const end = new Date(startSeconds * 1_000);
  end.setUTCMonth(end.getUTCMonth() + (duration_in_months ?? 1));
  return Math.floor(end.getTime() / 1_000);
}
