import type { Subscription } from "../entities.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { creditForRest } from "./changeItems.ts";

/**
 * Pauses a subscription: no invoices and no periods until it is resumed.
 *
 * @param reason why, as `status_details` says it
 */
export function pauseSubscription(
  world: World,
  { id }: Subscription,
  reason: "pause_requested" | "trial_end_without_payment_method",
): Subscription {
  const paused = world.update(
    "subscriptions",
    id,
    {
      status: "paused",
      status_details: {
        paused: {
          subscription: { type: reason },
          transitioned_at: world.nowSeconds(),
          type: "subscription",
        },
      },
    },
    "customer.subscription.updated",
  );
  world.emit("customer.subscription.paused", paused);
  return paused;
}

/**
 * Pauses at the shop's request; the rest of the period is credited with the next invoice.
 *
 * @throws StripeError unless the subscription is active or trialing
 */
export function pauseOnRequest(world: World, subscription: Subscription): Subscription {
  if (subscription.status !== "active" && subscription.status !== "trialing") {
    throw invalidRequest(`The sandbox pauses no subscription that is ${subscription.status}.`);
  }
  for (const line of creditForRest(world, subscription)) {
    world.insert("pendingLines", { id: line.id, subscription: subscription.id, line });
  }
  return pauseSubscription(world, subscription, "pause_requested");
}
