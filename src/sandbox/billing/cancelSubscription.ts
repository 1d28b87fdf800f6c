import type { Subscription } from "../entities.ts";
import { NOT_CANCELLED } from "../formatters/newSubscription.ts";
import type { World } from "../state/World.ts";

/** Ends a subscription for good. Its open invoices stay, and nobody tries to collect them any more. */
export function cancelSubscription(
  world: World,
  subscription: Subscription,
  reason: "cancellation_requested" | "payment_failed",
): Subscription {
  const nowSeconds = world.nowSeconds();
  for (const invoice of world.store.all("invoices")) {
    const billed = invoice.parent?.subscription_details?.subscription;
    if (billed === subscription.id && (invoice.status === "open" || invoice.status === "draft")) {
      const patch = { auto_advance: false, next_payment_attempt: null };
      world.update("invoices", invoice.id, patch, "invoice.updated");
    }
  }
  return world.update(
    "subscriptions",
    subscription.id,
    {
      status: "canceled",
      canceled_at: subscription.canceled_at ?? nowSeconds,
      cancellation_details: {
        ...(subscription.cancellation_details ?? NOT_CANCELLED),
        reason,
      } as Subscription["cancellation_details"],
      ended_at: nowSeconds,
    },
    "customer.subscription.deleted",
  );
}
