import type { DisputeStatus } from "../../stripe/snapshots.ts";
import type { ChargeFact } from "./chargeFact.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { compareText } from "./compareText.ts";
import { type DisputeFact, disputeStanding } from "./disputeFact.ts";
import type { Finding, PlanSource } from "./finding.ts";
import { nothing, type Terms } from "./grant.ts";
import { type PlanRule, planRuleOrder } from "./planRules.ts";
import { refundedShares } from "./refundedShare.ts";
import type { RefundFact } from "./refundFact.ts";

/** What may take a purchase back. */
export interface PaymentReversals {
  charges: readonly ChargeFact[];
  refunds: readonly RefundFact[];
  disputes: readonly DisputeFact[];
}

/** What a one-time purchase is worth after its refunds and disputes. */
export function purchaseFinding(
  session: CheckoutSessionFact,
  purchase: Finding,
  reversals: PaymentReversals,
  terms: Terms,
): Finding {
  const { paymentIntentId } = session;
  if (purchase.planType === "free" || paymentIntentId === null) {
    return purchase;
  }
  const isOfPayment = (each: { paymentIntentId: string | null }) =>
    each.paymentIntentId === paymentIntentId;
  const verdicts = [
    ...refundedShares(
      reversals.charges.filter(isOfPayment),
      reversals.refunds.filter(isOfPayment),
      session.amountTotalMinorUnits,
    ).flatMap(({ share, someFailed, source }) => refundVerdict(share, someFailed, source, terms)),
    ...reversals.disputes.filter(isOfPayment).map((dispute) => disputeVerdict(dispute, terms)),
  ].sort(compareVerdicts);
  const decisive = verdicts.find(({ grants }) => !grants) ?? verdicts[0];
  if (decisive === undefined) {
    return purchase;
  }
  const { rule, grants, source } = decisive;
  return grants
    ? { ...purchase, rule, source: source ?? purchase.source }
    : { ...nothing(rule), source };
}

interface Verdict {
  rule: PlanRule;
  grants: boolean;
  /** `null`: what the purchase itself rests on. */
  source: PlanSource | null;
}

function refundVerdict(
  share: number,
  someFailed: boolean,
  source: PlanSource | null,
  { policy }: Terms,
): Verdict[] {
  if (share >= policy.purchase_refunded.fromShare) {
    return [{ rule: "purchase_refunded", grants: false, source }];
  }
  if (share > 0) {
    return [{ rule: "purchase_partially_refunded", grants: true, source: null }];
  }
  return someFailed ? [{ rule: "purchase_refund_failed", grants: true, source }] : [];
}

function disputeVerdict(dispute: DisputeFact, { policy }: Terms): Verdict {
  const { status, eventId } = disputeStanding(dispute);
  const source = { eventId, objectId: dispute.disputeId };
  const rule = disputeRule(status);
  const grants = rule === "purchase_dispute_over" || policy[rule].grants;
  return { rule, grants, source };
}

type DisputeRule =
  | "purchase_dispute_over"
  | "purchase_dispute_inquiry"
  | "purchase_disputed"
  | "purchase_dispute_lost";

/** A status that is newer than this code counts as a dispute that is not decided. */
function disputeRule(status: DisputeStatus): DisputeRule {
  switch (status) {
    case "won":
    case "warning_closed":
    case "prevented":
      return "purchase_dispute_over";
    case "warning_needs_response":
    case "warning_under_review":
      return "purchase_dispute_inquiry";
    case "lost":
      return "purchase_dispute_lost";
    default:
      return "purchase_disputed";
  }
}

function compareVerdicts(a: Verdict, b: Verdict): number {
  return (
    planRuleOrder(a.rule) - planRuleOrder(b.rule) ||
    compareText(a.source?.objectId ?? "", b.source?.objectId ?? "")
  );
}
