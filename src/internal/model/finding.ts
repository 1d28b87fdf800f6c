import { planTypeRank } from "./catalog.ts";
import { compareText } from "./compareText.ts";
import type { CustomerFact } from "./customerFact.ts";
import { type Grant, nothing } from "./grant.ts";
import { planRuleOrder } from "./planRules.ts";

/** Which event about which Stripe object a decision rests on. */
export interface PlanSource {
  eventId: string;
  objectId: string;
}

/** A grant and what it rests on. */
export interface Finding extends Grant {
  source: PlanSource | null;
}

/**
 * The better of two findings: the higher plan type, then more seats, then the rule that `planRules` names
 * first, then the lesser object id, then the lesser event id. A total order, so that the best of many
 * does not depend on their order.
 */
export function betterFinding(a: Finding, b: Finding): Finding {
  const order =
    planTypeRank(b.planType) - planTypeRank(a.planType) ||
    (b.seats ?? 0) - (a.seats ?? 0) ||
    planRuleOrder(a.rule) - planRuleOrder(b.rule) ||
    compareText(a.source?.objectId ?? "", b.source?.objectId ?? "") ||
    compareText(a.source?.eventId ?? "", b.source?.eventId ?? "");
  return order <= 0 ? a : b;
}

/** What follows for a subscription from the deletion of its customer; `null` if there was none. */
export function deletionFinding(
  customerId: string | null,
  customers: readonly CustomerFact[],
): Finding | null {
  const customer = customers.find((each) => each.deleted && each.customerId === customerId);
  return customer === undefined
    ? null
    : {
        ...nothing("customer_deleted"),
        source: { eventId: customer.eventId, objectId: customer.customerId },
      };
}
