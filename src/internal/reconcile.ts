import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import { requireStripeSecretKey, stripeSecretKey } from "./environment.ts";
import { internalAction, internalMutation, internalQuery, sealedMutation } from "./functions.ts";
import { ownScope } from "./plan/findPlan.ts";
import { type Backoff, retryDelayMs } from "./recovery/backoff.ts";
import { reconcilePage } from "./recovery/reconcilePage.ts";
import {
  beginRun,
  lastSureSeconds,
  newestRun,
  placeAfter,
  scheduleStep,
} from "./recovery/reconcileRun.ts";
import { openStripeApi, stripeFailure } from "./recovery/stripeApi.ts";
import { takeRead } from "./recovery/takeRead.ts";
import { refusal } from "./refusal.ts";

/** One page of a run, until it is given up. */
export const RECONCILE_RETRY: Backoff = {
  firstDelayMs: 5_000,
  factor: 3,
  maxDelayMs: 15 * 60 * 1_000,
  maxAttempts: 8,
};

const runRequest = { sinceSeconds: v.optional(v.number()), subscriptions: v.optional(v.boolean()) };

/**
 * Compares what Stripe lists with the ledger and feeds what is missing through the same door and rule,
 * oldest first. Goes on by itself, also after a crash; {@link status} shows how far it is.
 *
 * @param sinceSeconds events made from then on; by default from shortly before the last sure time, at
 *   most 30 days
 * @param subscriptions also take in every subscription as it is now; by default when the last sure time is
 *   longer ago than Stripe lists events
 * @returns the run's id
 * @throws ConvexError `stripe_key_missing`, `reconcile_running`
 */
export const run = internalAction({
  args: runRequest,
  returns: v.id("reconciles"),
  handler: async (ctx, request): Promise<Id<"reconciles">> =>
    await ctx.runMutation(internal.reconcile.begin, request),
});

/** The transaction with which {@link run} begins. */
export const begin = internalMutation({
  args: runRequest,
  returns: v.id("reconciles"),
  handler: async (ctx, request) => {
    requireStripeSecretKey();
    if ((await newestRun(ctx.db, "running")) !== null) {
      throw refusal("reconcile_running", "A reconcile is running; reconcile:status shows it.");
    }
    return await beginRun(ctx, { ...request, trigger: "operator" });
  },
});

/** For the cron: looks for a gap, and feeds what is missing. Quiet without an API key or during a run. */
export const detectGap = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (stripeSecretKey() !== null && (await newestRun(ctx.db, "running")) === null) {
      await beginRun(ctx, { trigger: "gap" });
    }
    return null;
  },
});

/**
 * How sure the ledger is.
 * - `lastSureEventAtSeconds`: every event that Stripe made until then is in the ledger; null before the
 *   first complete run
 * - `lagSeconds`: the age of the oldest event that the newest run found missing and has not fed yet, else 0
 * - `run`: the newest run, with its counts
 */
export const status = internalQuery({
  args: {},
  handler: async ({ db }) => {
    const latest = await db.query("reconciles").order("desc").first();
    const oldest = latest?.oldestMissing ?? null;
    return {
      lastSureEventAtSeconds: await lastSureSeconds(db),
      lagSeconds:
        oldest === null ? 0 : Math.max(0, Math.floor(Date.now() / 1_000) - oldest.createdSeconds),
      run: latest,
    };
  },
});

/** Which of these events the ledger does not have. */
export const missing = internalQuery({
  args: { stripeEventIds: v.array(v.string()) },
  returns: v.array(v.string()),
  handler: async ({ db }, { stripeEventIds }) => {
    const { mode, account } = ownScope();
    const rows = stripeEventIds.map((stripeEventId) =>
      db
        .query("events")
        .withIndex("by_stripe_event", (q) =>
          q.eq("mode", mode).eq("account", account).eq("stripeEventId", stripeEventId),
        )
        .unique(),
    );
    const found = await Promise.all(rows);
    return stripeEventIds.filter((_, index) => found[index] === null);
  },
});

/** One page of a run. At most once: a step that is lost is taken up by {@link sweep}. */
export const step = internalAction({
  args: { runId: v.id("reconciles") },
  returns: v.null(),
  handler: async (ctx, { runId }): Promise<null> => {
    const claimed: Doc<"reconciles"> | null = await ctx.runMutation(internal.reconcile.claim, {
      runId,
    });
    if (claimed === null) {
      return null;
    }
    const { turn } = claimed;
    try {
      const page = await reconcilePage(ctx, openStripeApi(), claimed);
      await ctx.runMutation(internal.reconcile.advance, { runId, turn, page });
    } catch (error) {
      await ctx.runMutation(internal.reconcile.fail, {
        runId,
        turn,
        failure: stripeFailure(error),
      });
    }
    return null;
  },
});

/** Takes the next page of a run for one step; whoever had taken it before can move the run no more. */
export const claim = internalMutation({
  args: { runId: v.id("reconciles") },
  handler: async ({ db }, { runId }) => {
    const row = await db.get(runId);
    if (row?.state !== "running") {
      return null;
    }
    const turn = row.turn + 1;
    await db.patch(runId, { turn });
    return { ...row, turn };
  },
});

/** Takes in one event or observation of a run and counts it, in one transaction. */
export const take = sealedMutation({
  args: { runId: v.id("reconciles") },
  returns: v.null(),
  handler: async (ctx, { runId }) => {
    const { status: became, isDuplicate } = await takeRead(ctx);
    const row = await ctx.db.get(runId);
    if (row !== null && !isDuplicate) {
      await ctx.db.patch(runId, {
        new: row.new + 1,
        applied: row.applied + Number(became === "applied"),
        failed: row.failed + Number(became === "failed" || became === "dead"),
      });
    }
    return null;
  },
});

const reconciledPage = v.object({
  seen: v.number(),
  refused: v.number(),
  cursor: v.union(v.string(), v.null()),
  oldestMissing: v.union(
    v.object({ stripeEventId: v.string(), createdSeconds: v.number() }),
    v.null(),
  ),
  readAtSeconds: v.number(),
});

/** Moves a run past a page, and has the next one read. */
export const advance = internalMutation({
  args: { runId: v.id("reconciles"), turn: v.number(), page: reconciledPage },
  returns: v.null(),
  handler: async (ctx, { runId, turn, page }) => {
    const { db } = ctx;
    const row = await db.get(runId);
    if (row?.state !== "running" || row.turn !== turn) {
      return null;
    }
    const next = placeAfter(row, page);
    await db.patch(runId, {
      ...(next ?? { state: "done", oldestMissing: null, finishedAtMs: Date.now() }),
      listedUntilSeconds: row.listedUntilSeconds ?? row.untilSeconds ?? page.readAtSeconds,
      seen: row.seen + page.seen,
      failed: row.failed + page.refused,
      attempts: 0,
      failure: null,
    });
    if (next !== null) {
      await scheduleStep(ctx, runId, 0);
    }
    return null;
  },
});

/** Has a page that could not be read tried again later, and gives the run up after the last attempt. */
export const fail = internalMutation({
  args: { runId: v.id("reconciles"), turn: v.number(), failure: v.string() },
  returns: v.null(),
  handler: async (ctx, { runId, turn, failure }) => {
    const { db } = ctx;
    const row = await db.get(runId);
    if (row?.state !== "running" || row.turn !== turn) {
      return null;
    }
    const attempts = row.attempts + 1;
    const delayMs = retryDelayMs(RECONCILE_RETRY, attempts);
    if (delayMs === null) {
      await db.patch(runId, { state: "failed", attempts, failure, finishedAtMs: Date.now() });
    } else {
      await db.patch(runId, { attempts, failure });
      await scheduleStep(ctx, runId, delayMs);
    }
    return null;
  },
});

/** Goes on with a run whose step was lost: its job has ended, and the run still stands there. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await newestRun(ctx.db, "running");
    const job = row?.jobId ? await ctx.db.system.get(row.jobId) : null;
    const isUnderWay = job?.state.kind === "pending" || job?.state.kind === "inProgress";
    if (row !== null && !isUnderWay) {
      await scheduleStep(ctx, row._id, 0);
    }
    return null;
  },
});
