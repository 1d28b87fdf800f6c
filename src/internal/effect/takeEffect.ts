import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { type EventReading, withPlans } from "../ledger/eventReading.ts";
import type { LedgerEvent } from "../ledger/ledger.ts";
import { applyEvent } from "./applyEvent.ts";
import { existingPlanIds, stopWaiting } from "./links.ts";
import type { Outcome } from "./settleEvent.ts";

/** What came of an event, and the subscriptions that events alone left ambiguous. */
export interface Effect {
  outcome: Outcome;
  ambiguousSubscriptionIds: string[];
}

/**
 * Lets an event of the ledger take its effect; the caller writes what came of it. The live path and the
 * audit's fold both come through here.
 */
export async function takeEffect(
  db: PaymentDatabase,
  row: LedgerEvent,
  reading: EventReading,
): Promise<Effect> {
  const planIds = await existingPlanIds(db, reading.links.planIdClaims);
  const { links, said } = withPlans(reading, planIds);
  if (said === "unreadable") {
    // The same body fails in the same way each time: trying it again is for whoever mends the reader.
    const outcome = { status: "dead", statusReason: "object_unreadable", planId: null } as const;
    return { outcome, ambiguousSubscriptionIds: [] };
  }
  if (row.status === "unlinked") {
    await stopWaiting(db, row._id);
  }
  const applied = await applyEvent(db, row, links, said, planIds);
  const { planId, ambiguousSubscriptionIds } = applied;
  const applies = planId === null ? "unlinked" : "applied";
  const status = said === null ? "recorded" : applies;
  return { outcome: { status, statusReason: null, planId }, ambiguousSubscriptionIds };
}
