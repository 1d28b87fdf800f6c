import type { InvoiceLine, Price, Subscription, SubscriptionItem } from "../entities.ts";
import { newInvoiceLine } from "../formatters/newInvoice.ts";
import { itemList, newSubscriptionItem, planOf } from "../formatters/newSubscription.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { checkRecurring } from "./createSubscription.ts";
import { periodFrom } from "./periods.ts";

/** A wish for one item: change or remove the one with the id, or add one. */
export interface ItemChange {
  id?: string | undefined;
  price?: Price | undefined;
  quantity?: number | undefined;
  deleted?: boolean | undefined;
  metadata?: Record<string, string>;
}

export interface ChangedItems {
  items: Subscription["items"];
  /** A new interval begins now, so the whole period is billed again. */
  startsAgain: boolean;
  /** The rest of the period, credited at the old price and billed at the new one. */
  prorations: InvoiceLine[];
}

/**
 * The items of a subscription after a change, and what the change costs for the rest of the period. Changes
 * nothing itself.
 *
 * @throws StripeError for an unknown item, or prices that cannot be billed together
 */
export function changeItems(
  world: World,
  subscription: Subscription,
  changes: readonly ItemChange[],
): ChangedItems {
  const nowSeconds = world.nowSeconds();
  const before = subscription.items.data;
  let after = before;
  for (const [index, change] of changes.entries()) {
    after = changed(world, subscription, after, change, `items[${index}]`);
  }
  const [first] = after;
  if (first === undefined) {
    throw invalidRequest("A subscription must have at least one active plan.", { param: "items" });
  }
  for (const { price } of after) {
    checkRecurring(price, first.price);
  }
  const startsAgain = intervalOf(first.price) !== intervalOf(before[0]?.price);
  if (startsAgain && subscription.status !== "trialing") {
    const period = periodFrom(nowSeconds, first.price, nowSeconds);
    after = after.map((item) => ({
      ...item,
      current_period_start: period.startSeconds,
      current_period_end: period.endSeconds,
    }));
  }
  return {
    items: itemList(subscription.id, after),
    startsAgain: startsAgain && subscription.status !== "trialing",
    prorations:
      subscription.status === "trialing"
        ? []
        : prorationsOf(world, subscription, before, startsAgain ? [] : after),
  };
}

/** What a subscription has been billed for and will not get: the rest of its period. Nothing in a trial. */
export function creditForRest(world: World, subscription: Subscription): InvoiceLine[] {
  return subscription.status === "trialing"
    ? []
    : prorationsOf(world, subscription, subscription.items.data, []);
}

function changed(
  world: World,
  subscription: Subscription,
  items: SubscriptionItem[],
  change: ItemChange,
  param: string,
): SubscriptionItem[] {
  if (change.id === undefined) {
    return [...items, addedItem(world, subscription, change, param)];
  }
  const item = items.find(({ id }) => id === change.id);
  if (item === undefined) {
    throw invalidRequest(`No such subscription item: '${change.id}'`, {
      code: "resource_missing",
      param: `${param}[id]`,
    });
  }
  if (change.deleted === true) {
    return items.filter(({ id }) => id !== change.id);
  }
  const price = change.price ?? item.price;
  const quantity = change.quantity ?? item.quantity ?? 1;
  const metadata = change.metadata ?? item.metadata;
  const next = { ...item, price, plan: planOf(price), quantity, metadata };
  return items.map((each) => (each.id === change.id ? next : each));
}

function addedItem(
  world: World,
  subscription: Subscription,
  { price, quantity, metadata }: ItemChange,
  param: string,
): SubscriptionItem {
  const [present] = subscription.items.data;
  if (price === undefined) {
    throw invalidRequest(`Missing required param: ${param}[price].`, {
      code: "parameter_missing",
      param: `${param}[price]`,
    });
  }
  return newSubscriptionItem({
    id: world.newId("si"),
    createdSeconds: world.nowSeconds(),
    subscription: subscription.id,
    price,
    quantity: quantity ?? 1,
    period: {
      startSeconds: present?.current_period_start ?? world.nowSeconds(),
      endSeconds: present?.current_period_end ?? world.nowSeconds(),
    },
    metadata: metadata ?? {},
  });
}

/** Credits for items that are gone or different, charges for those that are new or different. */
function prorationsOf(
  world: World,
  subscription: Subscription,
  before: readonly SubscriptionItem[],
  after: readonly SubscriptionItem[],
): InvoiceLine[] {
  const isKept = (item: SubscriptionItem, others: readonly SubscriptionItem[]) =>
    others.some(
      ({ id, price, quantity }) =>
        id === item.id && price.id === item.price.id && quantity === item.quantity,
    );
  const credits = before.filter((item) => !isKept(item, after));
  const charges = after.filter((item) => !isKept(item, before));
  return [
    ...credits.map((item) => prorationLine(world, subscription, item, -1)),
    ...charges.map((item) => prorationLine(world, subscription, item, 1)),
  ];
}

function prorationLine(
  world: World,
  subscription: Subscription,
  item: SubscriptionItem,
  sign: -1 | 1,
): InvoiceLine {
  const nowSeconds = world.nowSeconds();
  const { current_period_start: start, current_period_end: end } = item;
  const share = end > start ? Math.max(0, Math.min(1, (end - nowSeconds) / (end - start))) : 0;
  const whole = (item.price.unit_amount ?? 0) * (item.quantity ?? 1);
  return newInvoiceLine({
    id: world.newId("il"),
    invoice: null,
    amount: sign * Math.round(whole * share),
    description: sign < 0 ? "Unused time" : "Remaining time",
    price: item.price,
    quantity: item.quantity ?? 1,
    period: { startSeconds: nowSeconds, endSeconds: end },
    subscription,
    subscriptionItem: item.id,
    isProration: true,
  });
}

function intervalOf(price: Price | undefined): string {
  return `${price?.recurring?.interval_count} ${price?.recurring?.interval}`;
}
