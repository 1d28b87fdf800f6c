import type { VerifiedEvent } from "../../stripe/verify.ts";
import type { EventStatus } from "../ledger/ledger.ts";
import { RECEIVED } from "../ledger/standing.ts";
import { takeOnce } from "../ledger/takeOnce.ts";
import { type AttemptCtx, attemptEvent } from "./attemptEvent.ts";

/**
 * Takes in one event or observation that was read from Stripe's API, by the ledger and the rule that
 * deliveries go through. A duplicate changes nothing; one whose rule fails is kept and tried again.
 */
export async function takeRead(
  ctx: AttemptCtx & { verified: VerifiedEvent },
): Promise<{ status: EventStatus; isDuplicate: boolean }> {
  return await takeOnce(ctx, RECEIVED, (row) => attemptEvent(ctx, row));
}
