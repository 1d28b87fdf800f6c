import type { Subscription } from "../entities.ts";
import { itemList } from "../formatters/newSubscription.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { invoiceNow } from "./invoiceNow.ts";
import { periodFrom } from "./periods.ts";

/**
 * Takes a paused subscription up again with a period that begins now and is invoiced at once. A payment
 * that fails leaves it past due.
 *
 * @throws StripeError when it is not paused
 */
export function resumeSubscription(
  world: World,
  subscription: Subscription,
  origin: string,
): Subscription {
  const [first] = subscription.items.data;
  if (subscription.status !== "paused" || first === undefined) {
    throw invalidRequest("You can only resume a subscription that is paused.");
  }
  const nowSeconds = world.nowSeconds();
  const period = periodFrom(nowSeconds, first.price, nowSeconds);
  const resumed = world.update(
    "subscriptions",
    subscription.id,
    {
      status: "active",
      status_details: undefined,
      billing_cycle_anchor: nowSeconds,
      items: itemList(
        subscription.id,
        subscription.items.data.map((item) => ({
          ...item,
          current_period_start: period.startSeconds,
          current_period_end: period.endSeconds,
        })),
      ),
    },
    "customer.subscription.updated",
  );
  world.emit("customer.subscription.resumed", resumed);
  world.schedule("period_ends", subscription.id, period.endSeconds);
  const payer = { isPresent: true, methodId: null, origin };
  return invoiceNow(world, resumed, [], true, payer);
}
