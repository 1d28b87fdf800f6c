import type { Price, Subscription } from "../entities.ts";
import { newInvoiceLine } from "../formatters/newInvoice.ts";
import { newSubscription, newSubscriptionItem } from "../formatters/newSubscription.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { type ChosenDiscount, giveDiscount } from "./discounts.ts";
import { createInvoice, finalizeInvoice } from "./invoices.ts";
import { type Period, periodFrom } from "./periods.ts";

/** How long a first payment may take before the subscription is given up. */
export const INCOMPLETE_SECONDS = 23 * 3_600;
/** How long before its end a trial says so. */
export const TRIAL_NOTICE_SECONDS = 3 * 24 * 3_600;

export interface NewSubscription {
  customer: string;
  items: { price: Price; quantity: number; metadata: Record<string, string> }[];
  defaultPaymentMethod: string | null;
  description: string | null;
  metadata: Record<string, string>;
  trialEndSeconds: number | null;
  missingPaymentMethod: "cancel" | "create_invoice" | "pause";
  discounts: ChosenDiscount[];
  automaticTax: boolean;
  checkoutSession: string | null;
  /** `incomplete` until the first invoice is paid, or `active` when the caller has been paid already. */
  statusBeforePayment: "active" | "incomplete";
  /** The payment intent that has paid, or is about to. */
  paymentIntent: string | null;
}

/**
 * Makes a subscription with its first invoice, finalized but not collected: a trial's is over nothing and
 * paid, any other waits for its payment. Tells about both, the subscription first.
 *
 * @throws StripeError for prices that cannot be billed together
 */
export function createSubscription(world: World, fields: NewSubscription): Subscription {
  checkItems(fields);
  const id = world.newId("sub");
  const nowSeconds = world.nowSeconds();
  const period = firstPeriod(fields, nowSeconds);
  const isTrial = fields.trialEndSeconds !== null;
  const items = fields.items.map(({ price, quantity, metadata }) =>
    newSubscriptionItem({
      id: world.newId("si"),
      createdSeconds: nowSeconds,
      subscription: id,
      price,
      quantity,
      period,
      metadata,
    }),
  );
  const subscription = newSubscription({
    ...fields,
    id,
    createdSeconds: nowSeconds,
    status: isTrial ? "trialing" : fields.statusBeforePayment,
    currency: fields.items[0]?.price.currency ?? "usd",
    items,
  });
  const given = fields.discounts.map((discount) => ({
    id: giveDiscount(world, discount, { ...fields, subscription: id }),
    isOnce: discount.coupon.duration === "once",
  }));
  const invoiceId = world.newId("in");
  const told: Subscription = {
    ...subscription,
    latest_invoice: invoiceId,
    discounts: given.filter(({ isOnce }) => !isOnce).map((discount) => discount.id),
  };
  world.insert("subscriptions", told, "customer.subscription.created");
  scheduleFirst(world, told, period);
  firstInvoice(world, told, invoiceId, { ...fields, period, given: given.map((one) => one.id) });
  return world.must("subscriptions", id);
}

function checkItems({ items }: NewSubscription): void {
  const [first] = items;
  if (first === undefined || items.length > SANDBOX_LIMITS.items) {
    throw invalidRequest(`A subscription has 1 to ${SANDBOX_LIMITS.items} items.`, {
      param: "items",
    });
  }
  for (const { price } of items) {
    checkRecurring(price, first.price);
  }
}

/** @throws StripeError for a one-time price, or one of another currency or interval than `first` */
export function checkRecurring(price: Price, first: Price): void {
  if (price.recurring === null) {
    throw invalidRequest(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`: ${price.id}.`,
      { param: "items" },
    );
  }
  const isAlike =
    price.currency === first.currency &&
    price.recurring.interval === first.recurring?.interval &&
    price.recurring.interval_count === first.recurring.interval_count;
  if (!isAlike) {
    throw notImitated("items of one subscription in several currencies or intervals", "items");
  }
}

function firstPeriod(fields: NewSubscription, nowSeconds: number): Period {
  const price = fields.items[0]?.price;
  return fields.trialEndSeconds === null && price !== undefined
    ? periodFrom(nowSeconds, price, nowSeconds)
    : { startSeconds: nowSeconds, endSeconds: fields.trialEndSeconds ?? nowSeconds };
}

function scheduleFirst(
  world: World,
  { id, status, trial_end }: Subscription,
  period: Period,
): void {
  world.schedule("period_ends", id, period.endSeconds);
  if (trial_end !== null) {
    scheduleTrialNotice(world, id, trial_end);
  }
  if (status === "incomplete") {
    const dueSeconds = world.nowSeconds() + INCOMPLETE_SECONDS;
    world.schedule("subscription_incomplete_expires", id, dueSeconds);
  }
}

/** `trial_will_end` comes three days before, or at once for a shorter trial. */
export function scheduleTrialNotice(world: World, id: string, trialEndSeconds: number): void {
  const dueSeconds = Math.max(world.nowSeconds(), trialEndSeconds - TRIAL_NOTICE_SECONDS);
  world.schedule("trial_will_end", id, dueSeconds);
}

function firstInvoice(
  world: World,
  subscription: Subscription,
  invoiceId: string,
  { period, given, paymentIntent }: NewSubscription & { period: Period; given: string[] },
): void {
  const isTrial = subscription.status === "trialing";
  const lines = subscription.items.data.map((item) =>
    newInvoiceLine({
      id: world.newId("il"),
      invoice: invoiceId,
      amount: isTrial ? 0 : (item.price.unit_amount ?? 0) * (item.quantity ?? 1),
      description: isTrial ? "Trial period" : `${item.quantity} × ${item.price.id}`,
      price: item.price,
      quantity: item.quantity ?? 1,
      period,
      subscription,
      subscriptionItem: item.id,
      isProration: false,
    }),
  );
  createInvoice(world, subscription, {
    id: invoiceId,
    reason: "subscription_create",
    lines,
    discounts: given,
    period: { startSeconds: world.nowSeconds(), endSeconds: world.nowSeconds() },
    finalizesAtSeconds: null,
  });
  const invoice = finalizeInvoice(world, invoiceId, paymentIntent);
  if (invoice.status === "paid" && subscription.status === "incomplete") {
    const active = { status: "active" } as const;
    world.update("subscriptions", subscription.id, active, "customer.subscription.updated");
  }
}
