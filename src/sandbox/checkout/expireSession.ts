import type { CheckoutSession } from "../entities.ts";
import { cancelIntent } from "../payments/cancelIntent.ts";
import type { World } from "../state/World.ts";

/** Closes an open session unused, and calls off its payment. */
export function expireSession(world: World, session: CheckoutSession): CheckoutSession {
  const { paymentIntent } = world.must("sessionDetails", session.id);
  const expired = world.update(
    "sessions",
    session.id,
    { status: "expired", url: null },
    "checkout.session.expired",
  );
  if (paymentIntent !== null) {
    cancelIntent(world, paymentIntent, "expired");
  }
  return expired;
}
