import type { Invoice, Subscription } from "../entities.ts";
import { newInvoiceLine } from "../formatters/newInvoice.ts";
import { itemList } from "../formatters/newSubscription.ts";
import type { World } from "../state/World.ts";
import { cancelSubscription } from "./cancelSubscription.ts";
import { defaultMethodOf, invoiceSettled } from "./collectInvoice.ts";
import { liveDiscounts } from "./discounts.ts";
import {
  createInvoice,
  DRAFT_SECONDS,
  finalizeInvoice,
  markUncollectible,
  voidInvoice,
} from "./invoices.ts";
import { pauseSubscription } from "./pauseSubscription.ts";
import { type Period, periodFrom } from "./periods.ts";

const RENEWING = ["active", "past_due", "trialing", "unpaid"];

/**
 * A period, or a trial, is over: the subscription ends, is paused, or goes into its next period with an
 * invoice. Does nothing when the period is not the one that ends now.
 */
export function periodEnds(world: World, id: string): void {
  const subscription = world.store.get("subscriptions", id);
  const nowSeconds = world.nowSeconds();
  if (
    subscription === undefined ||
    !RENEWING.includes(subscription.status) ||
    subscription.items.data[0]?.current_period_end !== nowSeconds
  ) {
    return;
  }
  const endsNow =
    subscription.cancel_at_period_end ||
    (subscription.cancel_at !== null && subscription.cancel_at <= nowSeconds);
  if (endsNow) {
    cancelSubscription(world, subscription, "cancellation_requested");
  } else if (subscription.status === "trialing" && !hasMethod(world, subscription)) {
    trialEndsWithoutMethod(world, subscription);
  } else {
    startPeriod(world, subscription);
  }
}

/** Goes into the period that begins now, with a draft invoice for it. */
export function startPeriod(world: World, subscription: Subscription): Invoice {
  const nowSeconds = world.nowSeconds();
  const [first] = subscription.items.data;
  if (first === undefined) {
    throw new Error(`${subscription.id} has no items`);
  }
  const period = periodFrom(nowSeconds, first.price, subscription.billing_cycle_anchor);
  const invoiceId = world.newId("in");
  const discounts = liveDiscounts(world, subscription.discounts);
  const renewed = world.update(
    "subscriptions",
    subscription.id,
    {
      discounts,
      items: itemList(
        subscription.id,
        subscription.items.data.map((item) => ({
          ...item,
          current_period_start: period.startSeconds,
          current_period_end: period.endSeconds,
        })),
      ),
      latest_invoice: invoiceId,
      status: subscription.status === "trialing" ? "active" : subscription.status,
    },
    "customer.subscription.updated",
  );
  world.schedule("period_ends", subscription.id, period.endSeconds);
  return renewalInvoice(world, renewed, invoiceId, period);
}

/** Invoices of paused collection: kept as drafts, voided, or written off. */
function renewalInvoice(
  world: World,
  subscription: Subscription,
  id: string,
  period: Period,
): Invoice {
  const pause = subscription.pause_collection;
  const isCollected = pause === null && subscription.status !== "unpaid";
  const lines = subscription.items.data.map((item) =>
    newInvoiceLine({
      id: world.newId("il"),
      invoice: id,
      amount: (item.price.unit_amount ?? 0) * (item.quantity ?? 1),
      description: `${item.quantity} × ${item.price.id}`,
      price: item.price,
      quantity: item.quantity ?? 1,
      period,
      subscription,
      subscriptionItem: item.id,
      isProration: false,
    }),
  );
  const invoice = createInvoice(world, subscription, {
    id,
    reason: "subscription_cycle",
    lines,
    discounts: subscription.discounts,
    period: { startSeconds: world.nowSeconds(), endSeconds: world.nowSeconds() },
    finalizesAtSeconds: isCollected ? world.nowSeconds() + DRAFT_SECONDS : null,
  });
  if (pause === null || pause.behavior === "keep_as_draft") {
    return invoice;
  }
  const open = finalizeInvoice(world, id);
  if (open.status === "open") {
    pause.behavior === "void" ? voidInvoice(world, id) : markUncollectible(world, id);
    invoiceSettled(world, id);
  }
  return world.must("invoices", id);
}

function hasMethod(world: World, subscription: Subscription): boolean {
  return defaultMethodOf(world, subscription) !== null;
}

function trialEndsWithoutMethod(world: World, subscription: Subscription): void {
  const wanted = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (wanted === "cancel") {
    cancelSubscription(world, subscription, "cancellation_requested");
  } else if (wanted === "pause") {
    pauseSubscription(world, subscription, "trial_end_without_payment_method");
  } else {
    startPeriod(world, subscription);
  }
}
