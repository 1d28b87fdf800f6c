/**
 * From which status Stripe lets an object come to which; `none` is before its creation. The lives of this
 * folder make no other move, and histories of real event objects are held against the same table.
 */
export const TRANSITIONS = {
  subscription: {
    none: ["incomplete", "trialing", "active"],
    incomplete: ["active", "incomplete_expired", "canceled"],
    trialing: ["active", "paused", "canceled"],
    active: ["trialing", "past_due", "paused", "canceled"],
    past_due: ["active", "unpaid", "paused", "canceled"],
    unpaid: ["active", "canceled"],
    paused: ["active", "canceled"],
  },
  invoice: {
    none: ["draft"],
    draft: ["open"],
    open: ["paid", "void", "uncollectible"],
    uncollectible: ["paid", "void"],
  },
  /** How a Checkout Session is paid. */
  payment: {
    none: ["paid", "unpaid", "no_payment_required", "expired"],
    unpaid: ["paid", "failed"],
  },
  refund: {
    none: ["pending", "succeeded"],
    pending: ["succeeded", "failed"],
    succeeded: ["failed"],
  },
  dispute: {
    none: ["needs_response", "warning_needs_response"],
    warning_needs_response: ["warning_under_review", "warning_closed", "needs_response"],
    warning_under_review: ["warning_closed", "needs_response"],
    needs_response: ["under_review", "lost"],
    under_review: ["won", "lost"],
    lost: ["appeal_needs_response"],
    appeal_needs_response: ["appeal_under_review", "lost"],
    appeal_under_review: ["won", "lost"],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>;

/** The statuses that an event of a type may show; types that are not here show any. */
export const STATUS_TOLD_BY: Readonly<Record<string, readonly string[]>> = {
  "customer.subscription.created": TRANSITIONS.subscription.none,
  "customer.subscription.deleted": ["canceled"],
  "customer.subscription.paused": ["paused"],
  "customer.subscription.resumed": ["active"],
  "customer.subscription.trial_will_end": ["trialing"],
  "invoice.created": TRANSITIONS.invoice.none,
  "invoice.finalized": ["open"],
  "invoice.paid": ["paid"],
  "invoice.payment_succeeded": ["paid"],
  "invoice.payment_failed": ["open", "uncollectible"],
  "invoice.voided": ["void"],
  "invoice.marked_uncollectible": ["uncollectible"],
  "refund.created": TRANSITIONS.refund.none,
  "refund.failed": ["failed"],
  "charge.dispute.created": TRANSITIONS.dispute.none,
  "charge.dispute.closed": ["won", "lost", "warning_closed"],
};

export type Kind = keyof typeof TRANSITIONS;

/** Where an object may come to from `status`; nowhere when that is its end. */
export function nextStatuses(kind: Kind, status: string): readonly string[] {
  const rules: Record<string, readonly string[]> = TRANSITIONS[kind];
  return rules[status] ?? [];
}

/** The moves of a kind between two statuses, each as lives note it. */
export function transitionsOf(kind: Kind): string[] {
  const rules: Record<string, readonly string[]> = TRANSITIONS[kind];
  return Object.entries(rules)
    .filter(([from]) => from !== "none")
    .flatMap(([from, statuses]) => statuses.map((to) => `${kind} ${from} > ${to}`));
}

/** @throws Error for a move that Stripe does not make */
export function requireTransition(kind: Kind, from: string, to: string): void {
  if (!nextStatuses(kind, from).includes(to)) {
    throw new Error(`no ${kind} comes from ${from} to ${to}`);
  }
}
