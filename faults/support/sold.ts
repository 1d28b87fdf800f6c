import {
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../../tests/fixtures/stripe.ts";

/** A subscription that events are about, and the plan that follows from the newest of them. */
export interface Sold {
  readonly planId: string;
  /** An event that is newer than all before: the plan is paid for, or it is not. */
  next(): JsonObject;
  /** What the plan must be once every event made so far was taken in. */
  expectedPlanType(): "free" | "professional";
}

/** @param beginsAtSeconds of the first event; each later one is ten seconds newer */
export function sell(planId: string, beginsAtSeconds: number): Sold {
  const items = listOf([
    subscriptionItem({
      price: price({ lookup_key: "professional_monthly" }),
      current_period_start: beginsAtSeconds,
      current_period_end: beginsAtSeconds + 30 * 24 * 3_600,
    }),
  ]);
  const object = subscription({ metadata: { planId }, items });
  const customer = object["customer"];
  let made = 0;
  return {
    planId,
    next: () => {
      const status = made % 2 === 0 ? "active" : "unpaid";
      const created = beginsAtSeconds + 10 * made;
      made++;
      return stripeEvent(
        "customer.subscription.updated",
        { ...object, customer, status },
        { created },
      );
    },
    expectedPlanType: () => (made % 2 === 1 ? "professional" : "free"),
  };
}
