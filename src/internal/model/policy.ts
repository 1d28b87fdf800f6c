/**
 * What the owner of this deployment may decide otherwise, by the code of the rule that it is about.
 * Stripe documents the situations; whether a plan is kept in them is a matter of taste.
 *
 * `grants`: whether the plan type that was bought is given while the rule applies.
 */
export interface Policy {
  /**
   * An active subscription counts until the period of its item ends, and this much longer: Stripe keeps
   * the next invoice as a draft for about an hour, and may finalise it up to 72 hours later.
   */
  subscription_active: { grants: boolean; renewalGraceSeconds: number };
  /** A trial counts until it ends, and this much longer while its outcome is not heard of. */
  subscription_trialing: { grants: boolean; graceSeconds: number };
  /** A trial of a subscription that itself names no payment method. */
  subscription_trialing_without_payment_method: { grants: boolean };
  /** Counted from the first failure of the unpaid stretch, not from the last retry. */
  subscription_past_due: { grants: boolean; graceSeconds: number };
  /** Every retry failed and Stripe left the subscription unpaid. */
  subscription_unpaid: { grants: boolean };
  /** The status `paused`: no invoices are made. */
  subscription_paused: { grants: boolean };
  /** `pause_collection`, by its behavior. The status stays what it was. */
  subscription_collection_kept_as_draft: { grants: boolean };
  subscription_collection_uncollectible: { grants: boolean };
  subscription_collection_voided: { grants: boolean };
  /** Canceled at once, but paid to the end of the period: whether the rest of the period still counts. */
  subscription_canceled: { grantsUntilPeriodEnd: boolean };
  /** Active, but the delayed payment of the checkout that began it has not arrived, or has failed. */
  subscription_first_payment_pending: { grants: boolean };
  subscription_first_payment_failed: { grants: boolean };
  /**
   * A paid checkout of a subscription counts this long while nothing of the subscription itself is heard.
   * A paid invoice counts for the period that it bills, and the renewal grace.
   */
  checkout_session_stands_in: { graceSeconds: number };
  /** The refunded share of a purchase from which it is revoked: more than 0, up to 1 for all of it. */
  purchase_refunded: { fromShare: number };
  /** While the bank decides, and during an appeal. */
  purchase_disputed: { grants: boolean };
  purchase_dispute_lost: { grants: boolean };
  /** `warning_*`: the bank asks, and no money has moved. */
  purchase_dispute_inquiry: { grants: boolean };
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** The policy of this deployment. The only place to edit. */
export const defaultPolicy: Readonly<Policy> = {
  subscription_active: { grants: true, renewalGraceSeconds: 3 * DAY_SECONDS },
  subscription_trialing: { grants: true, graceSeconds: DAY_SECONDS },
  subscription_trialing_without_payment_method: { grants: true },
  subscription_past_due: { grants: true, graceSeconds: 7 * DAY_SECONDS },
  subscription_unpaid: { grants: false },
  subscription_paused: { grants: false },
  subscription_collection_kept_as_draft: { grants: true },
  subscription_collection_uncollectible: { grants: true },
  subscription_collection_voided: { grants: false },
  subscription_canceled: { grantsUntilPeriodEnd: false },
  subscription_first_payment_pending: { grants: false },
  subscription_first_payment_failed: { grants: false },
  checkout_session_stands_in: { graceSeconds: 3 * DAY_SECONDS },
  purchase_refunded: { fromShare: 1 },
  purchase_disputed: { grants: false },
  purchase_dispute_lost: { grants: false },
  purchase_dispute_inquiry: { grants: true },
};
