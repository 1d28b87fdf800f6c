import type { FunctionReference } from "convex/server";
import { internal } from "../_generated/api.ts";
import type { MutationCtx } from "../_generated/server.ts";
import type { PaymentCtx } from "../effect/settleEvent.ts";
import type { EventStatus, LedgerEvent } from "../ledger/ledger.ts";
import { writeStanding } from "../ledger/standing.ts";
import { failedStanding, scheduleRetry } from "./retryEvent.ts";

/** A {@link PaymentCtx} that can also call mutations. */
export type AttemptCtx = PaymentCtx & Pick<MutationCtx, "runMutation">;

/**
 * Lets an event of the ledger take effect, and if its rule fails writes that it did and when it is tried
 * again. An attempt that fails undoes its own writes and no others.
 */
export async function attemptEvent(ctx: AttemptCtx, row: LedgerEvent): Promise<EventStatus> {
  try {
    return await ctx.runMutation(APPLY, { eventId: row._id });
  } catch (error) {
    const standing = failedStanding(row.attempts + 1, error);
    await writeStanding(ctx.payment, row, standing);
    await scheduleRetry(ctx, row, standing);
    return standing.status;
  }
}

const APPLY: FunctionReference<"mutation", "internal", { eventId: string }, EventStatus> =
  internal.inbox.apply;
