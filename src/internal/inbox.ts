import { type PaginationResult, paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import { readEvent } from "../stripe/event.ts";
import { readThinEvent } from "../stripe/thinEvent.ts";
import { internal } from "./_generated/api.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { DatabaseReader, MutationCtx } from "./_generated/server.ts";
import { settleEvent } from "./effect/settleEvent.ts";
import { stripeSecretKey } from "./environment.ts";
import { internalMutation, internalQuery, ledgerMutation } from "./functions.ts";
import { type EventStatus, requireBody } from "./ledger/ledger.ts";
import { isMarkedDead, markedDeadStanding } from "./ledger/markedDead.ts";
import { writeStanding } from "./ledger/standing.ts";
import { attemptEvent } from "./recovery/attemptEvent.ts";
import { nextTurnMs } from "./recovery/nextTurnMs.ts";
import { runningReplay, scheduleBatch, takeUpLostReplay } from "./recovery/replayRun.ts";
import { failureText } from "./recovery/retryEvent.ts";
import { settleThinEvent } from "./recovery/settleThinEvent.ts";
import { refusal, refusalCode } from "./refusal.ts";
import { eventStatus } from "./tables/values.ts";

/** Events of one status that are counted; more are told as at least this many. */
const MAX_COUNTED = 500;

/** How long something may be overdue before it counts as missed. */
const MISSED_AFTER_MS = 60_000;

/** Missed events that one run takes up; the next run takes up more. */
const MAX_SWEPT = 100;

/** Events that one batch of a replay lets take effect, and rows that it looks at to find them. */
const MAX_REPLAYED = 25;
const MAX_LOOKED_AT = 1_000;

/** Replays that are kept for {@link replayProgress}. */
const MAX_REPLAYS_KEPT = 20;

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
    const body = await requireBody(payment, row);
    return row.isThin
      ? await settleThinEvent(ctx, row, readThinEvent(body))
      : await settleEvent(ctx, row, readEvent(body));
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

/**
 * Takes up what is overdue, because its job was lost or because it waited for an API key: at most
 * {@link MAX_SWEPT} events of each kind, and a replay.
 */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async ({ db, scheduler }) => {
    for (const { _id: eventId } of await overdue(db, "failed")) {
      await scheduler.runAfter(0, internal.inbox.retry, { eventId });
    }
    const received = stripeSecretKey() === null ? [] : await overdue(db, "received");
    for (const { _id: eventId } of received) {
      await scheduler.runAt(await nextTurnMs(db), internal.thin.read, { eventId });
    }
    await takeUpLostReplay({ db, scheduler });
    return null;
  },
});

/**
 * Lets one event take effect again, whatever became of it, by the same rule. What was applied already is
 * joined with itself and changes nothing. A failed event keeps its attempts, a dead one stays dead if its
 * rule fails again.
 *
 * @throws ConvexError `event_not_found`, `event_body_unavailable`
 */
export const replayEvent = ledgerMutation({
  args: {},
  returns: v.object({ hasFailed: v.boolean(), status: eventStatus }),
  handler: async (ctx): Promise<{ hasFailed: boolean; status: EventStatus }> => {
    const { payment, event: row } = ctx;
    await requireBody(payment, row);
    try {
      const status = await ctx.runMutation(internal.inbox.apply, { eventId: row._id });
      return { hasFailed: false, status };
    } catch (error) {
      if (row.status === "failed" || row.status === "dead") {
        await writeStanding(payment, row, { statusReason: failureText(error) });
      }
      return { hasFailed: true, status: row.status };
    }
  },
});

/**
 * Has an event that waits, or failed to the end, be tried no more: neither by itself nor by a {@link replay}
 * of many. It has no effect, so no plan changes. {@link replayEvent}, which names it alone, takes the mark away.
 *
 * @param reason why; the ledger keeps it, so write nobody's name
 * @throws ConvexError `event_not_found`, `event_not_waiting`, `reason_invalid`
 */
export const markDead = ledgerMutation({
  args: { reason: v.string() },
  returns: v.null(),
  handler: async ({ payment, event: row }, { reason }): Promise<null> => {
    await writeStanding(payment, row, markedDeadStanding(row, reason));
    return null;
  },
});

/**
 * Replays all events of a type, of a status (`dead`: all dead letters), received in a time range, or all
 * of these together, in batches that go on by themselves. {@link replayProgress} shows how far it is.
 *
 * @returns the replay's id
 * @throws ConvexError `replay_running`, `time_range_invalid`
 */
export const replay = internalMutation({
  args: {
    type: v.optional(v.string()),
    status: v.optional(eventStatus),
    fromMs: v.optional(v.number()),
    toMs: v.optional(v.number()),
  },
  returns: v.id("replays"),
  handler: async ({ db, scheduler }, { type = null, status = null, fromMs = 0, toMs }) => {
    // Events that come while it runs are not of it: it has an end.
    const endMs = toMs ?? Date.now() + 1;
    if (!(fromMs < endMs)) {
      throw refusal("time_range_invalid", "fromMs must be before toMs.");
    }
    if ((await runningReplay(db)) !== null) {
      throw refusal("replay_running", "A replay is running; inbox:replayProgress shows it.");
    }
    const replayId = await db.insert("replays", {
      ...{ state: "running", type, status, fromMs, toMs: endMs, cursor: null },
      ...{ replayed: 0, failed: 0, skipped: 0, finishedAtMs: null },
    });
    const [tooMany] = (
      await db
        .query("replays")
        .order("desc")
        .take(MAX_REPLAYS_KEPT + 1)
    ).slice(MAX_REPLAYS_KEPT);
    if (tooMany !== undefined) {
      await db.delete(tooMany._id);
    }
    await scheduleBatch({ db, scheduler }, replayId);
    return replayId;
  },
});

/** The next events of a replay, what became of them, and how far it is, in one transaction. */
export const replayBatch = internalMutation({
  args: { replayId: v.id("replays") },
  returns: v.null(),
  handler: async (ctx, { replayId }): Promise<null> => {
    const { db } = ctx;
    const row = await db.get(replayId);
    if (row?.state !== "running") {
      return null;
    }
    const { page, isDone, continueCursor } = await replayPage(db, row);
    const { replayed, failed, skipped } = row;
    const counts = { replayed, failed, skipped };
    for (const event of page) {
      counts[isMarkedDead(event) ? "skipped" : await replayOutcome(ctx, event._id)] += 1;
    }
    const end = isDone ? ({ state: "done", finishedAtMs: Date.now() } as const) : {};
    await db.patch(replayId, { ...counts, ...end, cursor: continueCursor });
    if (!isDone) {
      await scheduleBatch(ctx, replayId);
    }
    return null;
  },
});

/** How far a replay is, by default the newest; null when there is none. */
export const replayProgress = internalQuery({
  args: { replayId: v.optional(v.id("replays")) },
  handler: async ({ db }, { replayId }) =>
    replayId === undefined
      ? await db.query("replays").order("desc").first()
      : await db.get(replayId),
});

/** Ends a replay where it stands. @throws ConvexError `replay_not_running` */
export const cancelReplay = internalMutation({
  args: { replayId: v.id("replays") },
  returns: v.null(),
  handler: async ({ db }, { replayId }) => {
    const row = await db.get(replayId);
    if (row?.state !== "running") {
      throw refusal("replay_not_running", "There is no running replay with this id.");
    }
    await db.patch(replayId, { state: "canceled", finishedAtMs: Date.now() });
    return null;
  },
});

async function overdue(
  db: Pick<DatabaseReader, "query">,
  status: "failed" | "received",
): Promise<Doc<"events">[]> {
  return await db
    .query("events")
    .withIndex("by_status", (q) =>
      q
        .eq("status", status)
        .gt("nextAttemptAtMs", null)
        .lte("nextAttemptAtMs", Date.now() - MISSED_AFTER_MS),
    )
    .take(MAX_SWEPT);
}

async function replayPage(
  db: Pick<DatabaseReader, "query">,
  { type, status, fromMs, toMs, cursor }: Doc<"replays">,
): Promise<PaginationResult<Doc<"events">>> {
  const events = db.query("events");
  const candidates =
    status === null
      ? events.withIndex("by_creation_time", (q) =>
          q.gte("_creationTime", fromMs).lt("_creationTime", toMs),
        )
      : events.withIndex("by_status", (q) => q.eq("status", status));
  return await candidates
    .filter((q) =>
      q.and(
        type === null ? true : q.eq(q.field("type"), type),
        q.gte(q.field("_creationTime"), fromMs),
        q.lt(q.field("_creationTime"), toMs),
      ),
    )
    .paginate({ numItems: MAX_REPLAYED, cursor, maximumRowsRead: MAX_LOOKED_AT });
}

async function replayOutcome(
  { runMutation }: Pick<MutationCtx, "runMutation">,
  eventId: Id<"events">,
): Promise<"replayed" | "failed" | "skipped"> {
  try {
    const { hasFailed } = await runMutation(internal.inbox.replayEvent, { eventId });
    return hasFailed ? "failed" : "replayed";
  } catch (error) {
    if (refusalCode(error) !== "event_body_unavailable") {
      throw error;
    }
    return "skipped";
  }
}

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
