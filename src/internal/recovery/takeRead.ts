import type { VerifiedEvent } from "../../stripe/verify.ts";
import { addToLedger, type EventStatus, findDelivered, RECEIVED } from "../ledger/ledger.ts";
import { type AttemptCtx, attemptEvent } from "./attemptEvent.ts";

/**
 * Takes in one event or observation that was read from Stripe's API, by the ledger and the rule that
 * deliveries go through. A duplicate changes nothing; one whose rule fails is kept and tried again.
 */
export async function takeRead(
  ctx: AttemptCtx & { verified: VerifiedEvent },
): Promise<{ status: EventStatus; isDuplicate: boolean }> {
  const { payment, verified } = ctx;
  const delivered = await findDelivered(payment, verified.event);
  if (delivered !== null) {
    return { status: delivered.status, isDuplicate: true };
  }
  const row = await addToLedger(payment, verified, RECEIVED);
  return { status: await attemptEvent(ctx, row), isDuplicate: false };
}
