import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { attemptEvent } from "./attemptEvent.ts";
import { internalMutation, internalQuery, ledgerMutation } from "./functions.ts";
import { type EventStatus, readStoredEvent } from "./ledger.ts";
import { eventStatus } from "./schema.ts";
import { settleEvent } from "./settleEvent.ts";

/** Events of one status that are counted; more are told as at least this many. */
const MAX_COUNTED = 500;

/** How long something may be overdue before it counts as missed. */
const MISSED_AFTER_MS = 60_000;

/** Missed events that one run takes up; the next run takes up more. */
const MAX_SWEPT = 100;

/** The events of one status, those that came or are due last first. */
export const list = internalQuery({
  args: { status: eventStatus, paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { status, paginationOpts }) =>
    await db
      .query("events")
      .withIndex("by_status", (q) => q.eq("status", status))
      .order("desc")
      .paginate(paginationOpts),
});

/** How many events stand how; of more than {@link MAX_COUNTED} only that there are at least so many. */
export const counts = internalQuery({
  args: {},
  handler: async ({ db }) => {
    const statuses = eventStatus.members.map(({ value }) => value);
    const counted = statuses.map(async (status) => [status, await countOf(db, status)] as const);
    return Object.fromEntries(await Promise.all(counted));
  },
});

/** Lets one event of the ledger take effect, by the rule and nothing else. */
export const apply = ledgerMutation({
  args: {},
  returns: eventStatus,
  handler: async (ctx) => {
    const { payment, event: row } = ctx;
    return await settleEvent(ctx, row, await readStoredEvent(payment, row));
  },
});

/**
 * Tries a failed event that is due again. What it does and that it was tried are one transaction: an
 * attempt that fails undoes its own writes and no others, and a crash undoes both.
 */
export const retry = ledgerMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx): Promise<null> => {
    const { event: row } = ctx;
    const isDue = row.nextAttemptAtMs !== null && row.nextAttemptAtMs <= Date.now();
    if (row.status === "failed" && isDue) {
      await attemptEvent(ctx, row);
    }
    return null;
  },
});

/** Takes up what is overdue because its job was lost: at most {@link MAX_SWEPT} events. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async ({ db, scheduler }) => {
    const missed = await db
      .query("events")
      .withIndex("by_status", (q) =>
        q
          .eq("status", "failed")
          .gt("nextAttemptAtMs", null)
          .lte("nextAttemptAtMs", Date.now() - MISSED_AFTER_MS),
      )
      .take(MAX_SWEPT);
    for (const { _id: eventId } of missed) {
      await scheduler.runAfter(0, internal.inbox.retry, { eventId });
    }
    return null;
  },
});

async function countOf(
  db: DatabaseReader,
  status: EventStatus,
): Promise<{ count: number; isExact: boolean }> {
  const rows = await db
    .query("events")
    .withIndex("by_status", (q) => q.eq("status", status))
    .take(MAX_COUNTED + 1);
  return { count: Math.min(rows.length, MAX_COUNTED), isExact: rows.length <= MAX_COUNTED };
}
