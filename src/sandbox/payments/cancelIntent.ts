import type { PaymentIntent } from "../entities.ts";
import type { World } from "../state/World.ts";

/** Calls a payment off that nobody has made. Does nothing once it is made or under way. */
export function cancelIntent(
  world: World,
  id: string,
  reason: PaymentIntent["cancellation_reason"],
): PaymentIntent {
  const intent = world.must("paymentIntents", id);
  if (["canceled", "processing", "succeeded"].includes(intent.status)) {
    return intent;
  }
  return world.update(
    "paymentIntents",
    id,
    {
      status: "canceled",
      canceled_at: world.nowSeconds(),
      cancellation_reason: reason,
      next_action: null,
    },
    "payment_intent.canceled",
  );
}
