import type { Scheduler } from "convex/server";
import { internal } from "../_generated/api.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";

interface ReplayCtx {
  db: GuardedDatabase;
  scheduler: Scheduler;
}

/** The replay that is running, or null: there is one at a time. */
export async function runningReplay(
  db: Pick<DatabaseReader, "query">,
): Promise<Doc<"replays"> | null> {
  return await db
    .query("replays")
    .withIndex("by_state", (q) => q.eq("state", "running"))
    .first();
}

/** Has the next batch of a replay run. */
export async function scheduleBatch(
  { db, scheduler }: ReplayCtx,
  replayId: Id<"replays">,
): Promise<void> {
  const jobId = await scheduler.runAfter(0, internal.inbox.replayBatch, { replayId });
  await db.patch(replayId, { jobId });
}

/**
 * Lets a replay whose job is not there begin again: jobs do not move with the documents from one place to
 * another, and neither do places in a list. What it has replayed already changes nothing.
 */
export async function takeUpLostReplay(ctx: ReplayCtx): Promise<void> {
  const { db } = ctx;
  const row = await runningReplay(db);
  const job = row?.jobId === undefined ? null : await db.system.get(row.jobId);
  const isUnderWay = job?.state.kind === "pending" || job?.state.kind === "inProgress";
  if (row !== null && !isUnderWay) {
    await db.patch(row._id, { cursor: null, replayed: 0, failed: 0, skipped: 0 });
    await scheduleBatch(ctx, row._id);
  }
}
