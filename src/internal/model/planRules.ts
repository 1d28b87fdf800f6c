/**
 * Every rule that a plan decision can name, with the sentence that explains it. The codes are stored and
 * must not change their meaning. Whether a rule grants is said in `policy.ts`, where the owner may choose.
 *
 * The order matters: where several rules end in the same plan type, the one that stands first is named.
 * So grants that last come before those that stand in, and among reasons for nothing those come first
 * that somebody can act on.
 */
export const planRules = {
  subscription_active: "The subscription is active.",
  subscription_collection_kept_as_draft:
    "Payment collection is paused and the subscription's invoices are kept as drafts.",
  subscription_collection_uncollectible:
    "Payment collection is paused and the subscription's invoices are marked as uncollectible.",
  subscription_trialing: "The subscription is in its trial.",
  subscription_trialing_without_payment_method:
    "The subscription is in its trial and names no payment method.",
  purchase_paid: "A one-time purchase is paid.",
  purchase_dispute_over: "A dispute about the one-time purchase ended without a loss.",
  purchase_dispute_inquiry: "The bank asks about the one-time purchase; no money has moved.",
  purchase_refund_failed:
    "A refund of the one-time purchase failed, so the purchase is still paid.",
  purchase_partially_refunded:
    "The one-time purchase was refunded in part, by less than the share that revokes it.",
  purchase_paid_price_unknown:
    "A one-time purchase for this plan is paid; what was bought is not known, so the catalog's type for such purchases counts.",
  subscription_renewal_awaited:
    "The paid period is over; the grace runs in which Stripe tells of the renewal.",
  subscription_trial_end_awaited:
    "The trial is over; the grace runs in which Stripe tells what became of the subscription.",
  subscription_past_due: "The newest invoice is unpaid and the grace since its first failure runs.",
  subscription_canceled_period_paid:
    "The subscription was canceled, but its period is paid and has not ended.",
  invoice_stands_in:
    "An invoice of a subscription is paid; it counts for its period until the subscription itself is known.",
  checkout_session_stands_in:
    "A checkout of a subscription is complete; it counts for a while until the subscription itself is known.",
  subscription_price_unrecognised:
    "The subscription is in force, but the catalog knows none of its prices.",
  checkout_price_unrecognised: "A checkout is paid, but the catalog knows none of its prices.",
  checkout_price_unknown:
    "A checkout is paid, but what was bought is not known and nothing says that it was for this plan.",
  checkout_without_subscription:
    "A checkout of a subscription is complete, but does not say which subscription it began.",
  invoice_price_unrecognised: "An invoice is paid, but the catalog knows none of its prices.",
  subscription_status_unknown:
    "The subscription has a status that this version of Tollgate does not know.",
  subscription_period_over:
    "The paid period and the grace after it are over, and no renewal was heard of.",
  subscription_trial_over:
    "The trial and the grace after it are over, and nothing was heard of the subscription.",
  invoice_period_over:
    "The period of a subscription's paid invoice is over, and nothing was heard of the subscription.",
  checkout_session_outdated:
    "A checkout of a subscription is complete, but nothing was heard of the subscription since.",
  customer_deleted: "The customer was deleted in Stripe, which ends all of their subscriptions.",
  subscription_past_due_grace_over:
    "The newest invoice is unpaid and the grace since its first failure is over.",
  subscription_unpaid: "Every retry of the payment failed and the subscription was left unpaid.",
  subscription_first_payment_failed:
    "The delayed payment of the subscription's checkout failed and nothing was paid since.",
  subscription_first_payment_pending:
    "The delayed payment of the subscription's checkout has not arrived yet.",
  subscription_collection_voided:
    "Payment collection is paused and the subscription's invoices are voided.",
  subscription_paused: "The subscription is paused.",
  subscription_ended_as_scheduled: "The time has come at which the subscription was to end.",
  subscription_canceled: "The subscription has ended.",
  purchase_disputed: "The one-time purchase is disputed.",
  purchase_dispute_lost: "A dispute about the one-time purchase was lost.",
  purchase_refunded:
    "The one-time purchase was refunded, by at least the share from which it is revoked.",
  checkout_payment_failed: "The payment of a checkout failed after the checkout was completed.",
  invoice_payment_failed: "The payment of a subscription's invoice failed.",
  checkout_unpaid: "A checkout is complete, but its payment has not arrived yet.",
  subscription_incomplete: "The first payment of the subscription has not been made.",
  subscription_incomplete_expired: "The first payment of the subscription was not made in time.",
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
