import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import { settleEvent } from "./effect/settleEvent.ts";
import { deliveryMutation, internalQuery } from "./functions.ts";
import { RECEIVED } from "./ledger/standing.ts";
import { deliveryResult, takeOnce } from "./ledger/takeOnce.ts";
import { failedStanding, scheduleRetry } from "./recovery/retryEvent.ts";

/**
 * Takes in one delivery: the ledger row, what the event says, the plans that follow, all in this one
 * transaction. A duplicate stops at the ledger and changes nothing.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`; nothing was written
 */
export const ingest = deliveryMutation({
  args: {},
  returns: deliveryResult,
  handler: async (ctx) =>
    await takeOnce(ctx, RECEIVED, (row) => settleEvent(ctx, row, ctx.verified.event)),
});

/**
 * Keeps a delivery whose {@link ingest} failed, so that the event is not lost with the failure: a ledger
 * row with status `failed` and the reason, to be tried again. Applies nothing.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`; nothing was written
 */
export const keepFailed = deliveryMutation({
  args: { reason: v.string() },
  returns: deliveryResult,
  handler: async (ctx, { reason }) => {
    const standing = failedStanding(1, reason);
    return await takeOnce(ctx, standing, async (row) => {
      await scheduleRetry(ctx, row, standing);
      return standing.status;
    });
  },
});

/** The ledger, newest first. */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.query("events").order("desc").paginate(paginationOpts),
});

/** How often each type without a rule came, by mode and account. */
export const recordedTypes = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.query("recordedTypes").paginate(paginationOpts),
});
