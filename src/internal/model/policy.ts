import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import type { ChargeFact } from "./chargeFact.ts";

/** One decision the owner may take otherwise: turn `grants` and say why in `reason`. */
interface PolicyRow {
  /** Whether the plan type that was bought is given while this rule applies. */
  grants: boolean;
  /** A sentence for people; stored with every plan change and shown as its explanation. */
  reason: string;
}

const rows = {
  subscription_active: { grants: true, reason: "The subscription is active." },
  subscription_trialing: { grants: true, reason: "The subscription is in its trial." },
  subscription_past_due: {
    grants: true,
    reason: "The newest invoice is unpaid; the plan is kept while Stripe retries the payment.",
  },
  subscription_incomplete: {
    grants: false,
    reason: "The first payment of the subscription has not been made.",
  },
  subscription_incomplete_expired: {
    grants: false,
    reason: "The first payment of the subscription was not made in time.",
  },
  subscription_unpaid: {
    grants: false,
    reason: "Every retry of the payment failed and the subscription was left unpaid.",
  },
  subscription_paused: { grants: false, reason: "The subscription is paused." },
  subscription_canceled: { grants: false, reason: "The subscription has ended." },
  subscription_status_unknown: {
    grants: false,
    reason: "The subscription has a status that this version of Tollgate does not know.",
  },
  subscription_collection_voided: {
    grants: false,
    reason: "Payment collection is paused and the subscription's invoices are voided.",
  },
  purchase_refunded: { grants: false, reason: "The one-time purchase was refunded in full." },
  purchase_partially_refunded: {
    grants: true,
    reason: "The one-time purchase was refunded in part; the plan is kept.",
  },
} satisfies Record<string, PolicyRow>;

/** The stable code of a rule that the owner may decide otherwise. */
export type PolicyRule = keyof typeof rows;

/**
 * What each state of a subscription and each refund does to the plan. Stripe documents the statuses, and
 * that access should be revoked on `unpaid` and may be kept on `past_due`.
 */
export const policy: Readonly<Record<PolicyRule, Readonly<PolicyRow>>> = rows;

/** The rule for a subscription, from its status and, if that grants, from its paused collection. */
export function subscriptionRule(
  state: Pick<SubscriptionSnapshot, "status" | "pauseCollectionBehavior">,
): PolicyRule {
  const rule = RULE_OF_STATUS.get(state.status) ?? "subscription_status_unknown";
  return policy[rule].grants && state.pauseCollectionBehavior === "void"
    ? "subscription_collection_voided"
    : rule;
}

/** The rule for the charge behind a one-time purchase; `null` while nothing was refunded. */
export function refundRule(charge: ChargeFact): PolicyRule | null {
  if (charge.refundedInFull) {
    return "purchase_refunded";
  }
  return charge.amountRefundedMinorUnits > 0 ? "purchase_partially_refunded" : null;
}

const RULE_OF_STATUS: ReadonlyMap<string, PolicyRule> = new Map([
  ["active", "subscription_active"],
  ["trialing", "subscription_trialing"],
  ["past_due", "subscription_past_due"],
  ["incomplete", "subscription_incomplete"],
  ["incomplete_expired", "subscription_incomplete_expired"],
  ["unpaid", "subscription_unpaid"],
  ["paused", "subscription_paused"],
  ["canceled", "subscription_canceled"],
]);
