import { mergeMetadata } from "../api/parameters.ts";
import type { Subscription } from "../entities.ts";
import { itemList, NOT_CANCELLED } from "../formatters/newSubscription.ts";
import { attachPaymentMethod, paymentMethodOf } from "../payments/paymentMethods.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { type ChangedItems, changeItems } from "./changeItems.ts";
import { scheduleTrialNotice } from "./createSubscription.ts";
import { chosenDiscount, giveDiscount } from "./discounts.ts";
import { invoiceNow } from "./invoiceNow.ts";
import { startPeriod } from "./renewSubscription.ts";
import type { SubscriptionChange } from "./subscriptionParameters.ts";

/**
 * Changes a live subscription as one `customer.subscription.updated` says. A price of another interval
 * starts a new period and is invoiced at once; other changes of items are billed for the rest of the period
 * with the next invoice, at once, or not at all, as `proration_behavior` says.
 */
export function changeSubscription(
  world: World,
  subscription: Subscription,
  given: SubscriptionChange,
  origin: string,
): Subscription {
  const { id } = subscription;
  const changedItems = itemsOf(world, subscription, given);
  const changed = world.update(
    "subscriptions",
    id,
    {
      ...fieldsOf(world, subscription, given),
      ...endOf(world, subscription, given),
      ...pauseOf(world, subscription, given),
      ...(changedItems && { items: changedItems.items }),
      ...(changedItems?.startsAgain && { billing_cycle_anchor: world.nowSeconds() }),
      ...trialOf(world, subscription, given),
    },
    "customer.subscription.updated",
  );
  if (given.trial_end === "now" && subscription.status === "trialing") {
    startPeriod(world, changed);
  }
  return changedItems === null
    ? world.must("subscriptions", id)
    : bill(world, changed, changedItems, given, origin);
}

function itemsOf(
  world: World,
  subscription: Subscription,
  { items }: SubscriptionChange,
): ChangedItems | null {
  if (items === undefined) {
    return null;
  }
  const wishes = items.map(({ price, metadata, ...item }, index) => ({
    ...item,
    ...(price !== undefined && {
      price: world.find("prices", price, "price", `items[${index}][price]`),
    }),
    ...(metadata && { metadata }),
  }));
  return changeItems(world, subscription, wishes);
}

function fieldsOf(
  world: World,
  subscription: Subscription,
  given: SubscriptionChange,
): Partial<Subscription> {
  const { default_payment_method, discounts, trial_settings, cancellation_details } = given;
  return {
    metadata: mergeMetadata(subscription.metadata, given.metadata),
    ...(given.description !== undefined && { description: given.description }),
    ...(default_payment_method !== undefined && {
      default_payment_method: attachPaymentMethod(
        world,
        paymentMethodOf(world, default_payment_method, "default_payment_method"),
        subscription.customer,
      ).id,
    }),
    ...(discounts !== undefined && {
      discounts: discounts.map((named) =>
        giveDiscount(world, chosenDiscount(world, named), {
          customer: subscription.customer,
          subscription: subscription.id,
          checkoutSession: null,
        }),
      ),
    }),
    ...(trial_settings !== undefined && {
      trial_settings: {
        end_behavior: { billing_cycle_anchor: null, ...trial_settings.end_behavior },
      },
    }),
    ...(cancellation_details !== undefined && {
      cancellation_details: {
        ...(subscription.cancellation_details ?? NOT_CANCELLED),
        ...cancellation_details,
      } as Subscription["cancellation_details"],
    }),
  };
}

/** A planned end, or the end of one. With flexible billing the period's end shows in `cancel_at` too. */
function endOf(
  world: World,
  subscription: Subscription,
  { cancel_at, cancel_at_period_end }: SubscriptionChange,
): Partial<Subscription> {
  if (cancel_at === undefined && cancel_at_period_end === undefined) {
    return {};
  }
  if (typeof cancel_at === "number" && cancel_at_period_end === true) {
    throw invalidRequest("You may only specify one of cancel_at and cancel_at_period_end.", {
      param: "cancel_at",
    });
  }
  const periodEnd = subscription.items.data[0]?.current_period_end ?? null;
  const endsAt = cancel_at_period_end === true ? periodEnd : (cancel_at ?? null);
  if (endsAt === null) {
    return {
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: NOT_CANCELLED,
    };
  }
  if (endsAt <= world.nowSeconds()) {
    throw invalidRequest("Invalid cancel_at: must be in the future.", { param: "cancel_at" });
  }
  world.schedule("subscription_cancels", subscription.id, endsAt);
  return {
    cancel_at: endsAt,
    cancel_at_period_end: cancel_at_period_end === true,
    canceled_at: world.nowSeconds(),
    cancellation_details: { ...NOT_CANCELLED, reason: "cancellation_requested" } as NonNullable<
      Subscription["cancellation_details"]
    >,
  };
}

function pauseOf(
  world: World,
  subscription: Subscription,
  { pause_collection }: SubscriptionChange,
): Partial<Subscription> {
  if (pause_collection === undefined) {
    return {};
  }
  const resumesAt = pause_collection?.resumes_at ?? null;
  if (resumesAt !== null) {
    world.schedule("collection_resumes", subscription.id, resumesAt);
  }
  return {
    pause_collection: pause_collection && {
      behavior: pause_collection.behavior,
      resumes_at: resumesAt,
    },
  };
}

function trialOf(
  world: World,
  subscription: Subscription,
  { trial_end }: SubscriptionChange,
): Partial<Subscription> {
  const nowSeconds = world.nowSeconds();
  if (trial_end === undefined) {
    return {};
  }
  if (trial_end === "now") {
    return subscription.status === "trialing"
      ? { trial_end: nowSeconds, billing_cycle_anchor: nowSeconds }
      : {};
  }
  if (!["active", "past_due", "trialing"].includes(subscription.status)) {
    throw notImitated(`a trial of a subscription that is ${subscription.status}`, "trial_end");
  }
  if (trial_end <= nowSeconds) {
    throw invalidRequest("Invalid trial_end: must be in the future.", { param: "trial_end" });
  }
  world.schedule("period_ends", subscription.id, trial_end);
  scheduleTrialNotice(world, subscription.id, trial_end);
  return {
    status: "trialing",
    trial_start: subscription.trial_start ?? nowSeconds,
    trial_end,
    billing_cycle_anchor: trial_end,
    items: itemList(
      subscription.id,
      subscription.items.data.map((item) => ({
        ...item,
        current_period_start: nowSeconds,
        current_period_end: trial_end,
      })),
    ),
  };
}

function bill(
  world: World,
  subscription: Subscription,
  { startsAgain, prorations }: ChangedItems,
  { proration_behavior = "create_prorations" }: SubscriptionChange,
  origin: string,
): Subscription {
  const { id } = subscription;
  const lines = proration_behavior === "none" ? [] : prorations;
  const payer = { isPresent: true, methodId: null, origin };
  if (startsAgain) {
    const periodEnd = subscription.items.data[0]?.current_period_end ?? world.nowSeconds();
    world.schedule("period_ends", id, periodEnd);
    return invoiceNow(world, subscription, lines, true, payer);
  }
  if (proration_behavior === "always_invoice" && lines.length > 0) {
    return invoiceNow(world, subscription, lines, false, payer);
  }
  for (const line of lines) {
    world.insert("pendingLines", { id: line.id, subscription: id, line });
  }
  return subscription;
}
