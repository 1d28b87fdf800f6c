import type { Scheduler } from "convex/server";
import { internal } from "../_generated/api.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";
import { RULED_TYPES } from "../ledger/eventFact.ts";
import { MAX_TYPES_PER_LIST, type ReconciledPage } from "./reconcilePage.ts";

/** Stripe lists events for this long. */
export const EVENTS_LISTED_SECONDS = 30 * 24 * 60 * 60;

/** A run begins this much before the last sure time: an event may be listed later than it was made. */
export const OVERLAP_SECONDS = 600;

/** Events younger than this are not missed: their delivery may be under way. */
export const DELIVERY_GRACE_SECONDS = 120;

/** Runs that are kept for `reconcile:status`. */
export const MAX_RUNS_KEPT = 20;

/** Begins a run, and has its first page read. The caller has made sure that none is running. */
export async function beginRun(
  { db, scheduler }: { db: GuardedDatabase; scheduler: Scheduler },
  request: { sinceSeconds?: number; subscriptions?: boolean; trigger: "operator" | "gap" },
): Promise<Id<"reconciles">> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const listedSinceSeconds = nowSeconds - EVENTS_LISTED_SECONDS;
  const sureBeforeSeconds = await lastSureSeconds(db);
  const isTooOld = sureBeforeSeconds !== null && sureBeforeSeconds < listedSinceSeconds;
  const gapBeginsSeconds = Math.max(
    listedSinceSeconds,
    (sureBeforeSeconds ?? listedSinceSeconds) - OVERLAP_SECONDS,
  );
  const sinceSeconds = Math.max(listedSinceSeconds, request.sinceSeconds ?? gapBeginsSeconds);
  const withSubscriptions = request.subscriptions ?? isTooOld;
  const runId = await db.insert("reconciles", {
    state: "running",
    trigger: request.trigger,
    types: [...RULED_TYPES],
    sinceSeconds,
    untilSeconds: request.trigger === "gap" ? nowSeconds - DELIVERY_GRACE_SECONDS : null,
    withSubscriptions,
    phase: "compare",
    group: 0,
    cursor: null,
    oldestMissing: null,
    sureBeforeSeconds,
    closesGap:
      sinceSeconds <= Math.max(listedSinceSeconds, sureBeforeSeconds ?? 0) &&
      (!isTooOld || withSubscriptions),
    listedUntilSeconds: null,
    turn: 0,
    jobId: null,
    attempts: 0,
    failure: null,
    seen: 0,
    new: 0,
    applied: 0,
    failed: 0,
    finishedAtMs: null,
  });
  await scheduleStep({ db, scheduler }, runId, 0);
  await forgetOldRun(db);
  return runId;
}

/** Has the next page of a run read. */
export async function scheduleStep(
  { db, scheduler }: { db: GuardedDatabase; scheduler: Scheduler },
  runId: Id<"reconciles">,
  delayMs: number,
): Promise<void> {
  const jobId = await scheduler.runAfter(delayMs, internal.reconcile.step, { runId });
  await db.patch(runId, { jobId });
}

/** Where a run stands after a page; null when it is at its end. */
export function placeAfter(
  { phase, group, types, withSubscriptions }: Doc<"reconciles">,
  { cursor, oldestMissing }: ReconciledPage,
): Pick<Doc<"reconciles">, "phase" | "group" | "cursor" | "oldestMissing"> | null {
  if (cursor !== null) {
    return { phase, group, cursor, oldestMissing };
  }
  if (phase === "compare" && oldestMissing !== null) {
    return { phase: "feed", group, cursor: null, oldestMissing };
  }
  if (phase === "subscriptions") {
    return null;
  }
  const begin = { cursor: null, oldestMissing: null };
  if ((group + 1) * MAX_TYPES_PER_LIST < types.length) {
    return { phase: "compare", group: group + 1, ...begin };
  }
  return withSubscriptions ? { phase: "subscriptions", group: 0, ...begin } : null;
}

/** The newest run in this state. */
export async function newestRun(
  db: Pick<DatabaseReader, "query">,
  state: Doc<"reconciles">["state"],
): Promise<Doc<"reconciles"> | null> {
  return await db
    .query("reconciles")
    .withIndex("by_state", (q) => q.eq("state", state))
    .order("desc")
    .first();
}

/** Every event that Stripe made until then is in the ledger; null before the first complete run. */
export async function lastSureSeconds(db: Pick<DatabaseReader, "query">): Promise<number | null> {
  const run = await newestRun(db, "done");
  if (run === null || !run.closesGap || run.listedUntilSeconds === null) {
    return run?.sureBeforeSeconds ?? null;
  }
  return Math.max(run.listedUntilSeconds, run.sureBeforeSeconds ?? 0);
}

/** All but the newest complete run, which tells what is sure, may go. */
async function forgetOldRun(db: GuardedDatabase): Promise<void> {
  const newest = await db
    .query("reconciles")
    .order("desc")
    .take(MAX_RUNS_KEPT + 1);
  const [tooMany] = newest.slice(MAX_RUNS_KEPT);
  if (tooMany !== undefined && tooMany._id !== (await newestRun(db, "done"))?._id) {
    await db.delete(tooMany._id);
  }
}
