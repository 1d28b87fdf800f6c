import { policy } from "./policy.ts";

/**
 * Every rule that a plan decision can name, with the sentence that explains it. The codes are stored and
 * must not change their meaning.
 *
 * The order matters: where several rules end in the same plan type, the one that stands first is named.
 * So grants that last come before those that stand in, and among reasons for nothing those come first
 * that somebody can act on.
 */
export const planRules = {
  subscription_active: policy.subscription_active.reason,
  subscription_trialing: policy.subscription_trialing.reason,
  purchase_paid: "A one-time purchase is paid.",
  purchase_partially_refunded: policy.purchase_partially_refunded.reason,
  purchase_paid_price_unknown:
    "A one-time purchase for this plan is paid; what was bought is not known, so the catalog's type for such purchases counts.",
  subscription_past_due: policy.subscription_past_due.reason,
  invoice_stands_in:
    "An invoice of a subscription is paid; it counts until the subscription itself is known.",
  checkout_session_stands_in:
    "A checkout of a subscription is complete; it counts until the subscription itself is known.",
  subscription_price_unrecognised:
    "The subscription is in force, but the catalog knows none of its prices.",
  checkout_price_unrecognised: "A checkout is paid, but the catalog knows none of its prices.",
  checkout_price_unknown:
    "A checkout is paid, but what was bought is not known and nothing says that it was for this plan.",
  checkout_without_subscription:
    "A checkout of a subscription is complete, but does not say which subscription it began.",
  invoice_price_unrecognised: "An invoice is paid, but the catalog knows none of its prices.",
  subscription_status_unknown: policy.subscription_status_unknown.reason,
  customer_deleted: "The customer was deleted in Stripe, which ends all of their subscriptions.",
  subscription_unpaid: policy.subscription_unpaid.reason,
  subscription_collection_voided: policy.subscription_collection_voided.reason,
  subscription_paused: policy.subscription_paused.reason,
  subscription_canceled: policy.subscription_canceled.reason,
  purchase_refunded: policy.purchase_refunded.reason,
  checkout_payment_failed: "The payment of a checkout failed after the checkout was completed.",
  invoice_payment_failed: "The payment of a subscription's invoice failed.",
  checkout_unpaid: "A checkout is complete, but its payment has not arrived yet.",
  subscription_incomplete: policy.subscription_incomplete.reason,
  subscription_incomplete_expired: policy.subscription_incomplete_expired.reason,
  checkout_open: "A checkout was begun, but not completed.",
  checkout_expired: "A checkout expired without a payment.",
  no_payment: "No payment for this plan is known.",
};

/** The stable snake_case code of a rule. */
export type PlanRule = keyof typeof planRules;

/** The place of a rule in {@link planRules}: lesser is named first. */
export function planRuleOrder(rule: PlanRule): number {
  return RULE_ORDER.indexOf(rule);
}

const RULE_ORDER: readonly string[] = Object.keys(planRules);
