import type { Id } from "./_generated/dataModel.ts";
import { applyEvent } from "./applyEvent.ts";
import { type EventReading, withPlans } from "./eventReading.ts";
import type { EventStatus, LedgerEvent } from "./ledger.ts";
import { existingPlanIds } from "./links.ts";
import type { PaymentDatabase } from "./paymentDatabase.ts";

/** What became of an event. */
export interface Standing {
  status: EventStatus;
  statusReason: string | null;
  planId: Id<"plans"> | null;
}

/**
 * Lets an event of the ledger take its effect, and says what became of it; the caller writes that into the
 * event's row. The live path and the audit's fold both come through here.
 */
export async function takeEffect(
  db: PaymentDatabase,
  row: LedgerEvent,
  reading: EventReading,
): Promise<Standing> {
  const planIds = await existingPlanIds(db, reading.links.planIdClaims);
  const { links, said } = withPlans(reading, planIds);
  if (said === "unreadable") {
    return { status: "failed", statusReason: "object_unreadable", planId: null };
  }
  const planId = await applyEvent(db, row, links, said, planIds);
  if (said === null) {
    await countRecorded(db, row);
    return { status: "recorded", statusReason: null, planId };
  }
  return { status: planId === null ? "unlinked" : "applied", statusReason: null, planId };
}

async function countRecorded(
  db: PaymentDatabase,
  { mode, account, type }: LedgerEvent,
): Promise<void> {
  const row = await db
    .query("recordedTypes")
    .withIndex("by_type", (q) => q.eq("mode", mode).eq("account", account).eq("type", type))
    .unique();
  if (row === null) {
    await db.insert("recordedTypes", { mode, account, type, count: 1 });
  } else {
    await db.patch(row._id, { count: row.count + 1 });
  }
}
