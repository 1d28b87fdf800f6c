import type { Scheduler } from "convex/server";
import { stripeSecretKey } from "../environment.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";
import { beginRun, MAX_RUNS_KEPT, newestRun, OVERLAP_SECONDS } from "../recovery/reconcileRun.ts";
import { turnOf } from "./turns.ts";

/** An event that is not here so long after its buyer came back is late. */
const LATE_MS = 10_000;

/** Late events, of all owners together, cause at most one reconcile in this time. */
const RECONCILE_EVERY_MS = 60_000;

/** Notes that a buyer waits for the event of a session; begins a reconcile when it is late. */
export async function awaitLateEvent(
  ctx: { db: GuardedDatabase; scheduler: Scheduler },
  ownerId: string,
  sessionId: string,
): Promise<void> {
  const row = await turnOf(ctx.db, ownerId);
  if (row?.sessionId !== sessionId) {
    return;
  }
  const nowMs = Date.now();
  if (row.awaitedSinceMs === null) {
    await ctx.db.patch(row._id, { awaitedSinceMs: nowMs });
    return;
  }
  // A run that looks for gaps leaves out what is younger than two minutes: it does not count.
  const isRecent = (await ctx.db.query("reconciles").order("desc").take(MAX_RUNS_KEPT)).some(
    ({ trigger, _creationTime }) =>
      trigger === "operator" && _creationTime > nowMs - RECONCILE_EVERY_MS,
  );
  const isLate = nowMs - row.awaitedSinceMs >= LATE_MS;
  if (
    isLate &&
    !isRecent &&
    stripeSecretKey() !== null &&
    (await newestRun(ctx.db, "running")) === null
  ) {
    const sinceSeconds = Math.floor(row.awaitedSinceMs / 1_000) - OVERLAP_SECONDS;
    await beginRun(ctx, { trigger: "operator", sinceSeconds });
  }
}
