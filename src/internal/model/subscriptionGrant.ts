import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { type Catalog, recogniseBestPrice } from "./catalog.ts";
import type { Grant } from "./grant.ts";
import { policy, subscriptionRule } from "./policy.ts";

/** What a subscription in this state grants: the policy for its status times its best recognised price. */
export function subscriptionGrant(state: SubscriptionSnapshot, catalog: Catalog): Grant {
  const rule = subscriptionRule(state);
  if (!policy[rule].grants) {
    return { planType: "free", rule };
  }
  const planType = recogniseBestPrice(state.items, catalog);
  return planType === null
    ? { planType: "free", rule: "subscription_price_unrecognised" }
    : { planType, rule };
}
