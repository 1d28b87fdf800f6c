import { v } from "convex/values";
import type { VerifiedEvent, VerifiedThinEvent } from "../../stripe/verify.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { addToLedger, type EventStatus, findDelivered, type LedgerEvent } from "./ledger.ts";
import type { EventStanding } from "./standing.ts";

/** What became of a delivery. `isDuplicate`: the event was in the ledger already; nothing was written. */
export const deliveryResult = v.object({ status: v.string(), isDuplicate: v.boolean() });

/** Puts a verified event into the ledger and has it settled; one that is there already stops here. */
export async function takeOnce(
  { payment, verified }: { payment: PaymentDatabase; verified: VerifiedEvent | VerifiedThinEvent },
  standing: EventStanding,
  settle: (row: LedgerEvent) => Promise<EventStatus>,
): Promise<{ status: EventStatus; isDuplicate: boolean }> {
  const delivered = await findDelivered(payment, verified.event);
  if (delivered !== null) {
    return { status: delivered.status, isDuplicate: true };
  }
  const row = await addToLedger(payment, verified, standing);
  return { status: await settle(row), isDuplicate: false };
}
