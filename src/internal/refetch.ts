import { paginationOptsValidator, type Scheduler } from "convex/server";
import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { stripeSecretKey } from "./environment.ts";
import { internalAction, internalMutation, internalQuery, sealedMutation } from "./functions.ts";
import type { GuardedDatabase } from "./guard/guardedDatabase.ts";
import { type Backoff, retryDelayMs } from "./recovery/backoff.ts";
import { nextTurnMs } from "./recovery/nextTurnMs.ts";
import { observeSubscription } from "./recovery/observe.ts";
import { openStripeApi, RESOURCE_MISSING, stripeFailure } from "./recovery/stripeApi.ts";
import { takeRead } from "./recovery/takeRead.ts";
import { refusal } from "./refusal.ts";

/** Reads of one subscription after one event, whether they fail or do not tell enough. */
export const READ_RETRY: Backoff = {
  firstDelayMs: 6_000,
  factor: 3,
  maxDelayMs: 60 * 60 * 1_000,
  maxAttempts: 8,
};

/** Longer than a read can take with all of its repetitions; then it counts as lost. */
const READ_LEASE_MS = 120_000;

/** The longest that an operator's read waits for its turn. */
const MAX_TURN_WAIT_MS = 10_000;

/** How long a read may be overdue before its job counts as lost. */
const MISSED_AFTER_MS = 60_000;

/** Lost reads that one run takes up; the next run takes up more. */
const MAX_SWEPT = 100;

/** The subscriptions that are to be read from Stripe, or were. */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.query("subscriptionReads").paginate(paginationOpts),
});

/**
 * Reads a subscription that is due from Stripe and takes in what it finds as an observation. At most once:
 * a read that is lost is taken up by {@link sweep}.
 */
export const read = internalAction({
  args: { readId: v.id("subscriptionReads") },
  returns: v.null(),
  handler: async (ctx, { readId }): Promise<null> => {
    const subscriptionId = await ctx.runMutation(internal.refetch.begin, { readId });
    if (subscriptionId === null) {
      return null;
    }
    try {
      const observed = await observeSubscription(openStripeApi(), subscriptionId);
      await ctx.runMutation(internal.refetch.finish, { ...observed, readId });
    } catch (error) {
      await ctx.runMutation(internal.refetch.fail, { readId, failure: stripeFailure(error) });
    }
    return null;
  },
});

/** @returns the subscription to read now, or null: it is not due, not its turn, or needs no read any more */
export const begin = internalMutation({
  args: { readId: v.id("subscriptionReads") },
  returns: v.union(v.string(), v.null()),
  handler: async ({ db, scheduler }, { readId }) => {
    const row = await db.get(readId);
    if (row?.status !== "waiting" || row.dueAtMs === null) {
      return null;
    }
    if (!(await isAmbiguous(db, row))) {
      await db.patch(readId, { status: "resting", dueAtMs: null, failure: null });
      return null;
    }
    const nowMs = Date.now();
    const startAtMs = row.dueAtMs > nowMs || row.hasTurn ? row.dueAtMs : await nextTurnMs(db);
    if (startAtMs > nowMs) {
      await db.patch(readId, { dueAtMs: startAtMs, hasTurn: row.dueAtMs <= nowMs });
      await scheduler.runAt(startAtMs, internal.refetch.read, { readId });
      return null;
    }
    const dueAtMs = nowMs + READ_LEASE_MS;
    await db.patch(readId, { status: "reading", dueAtMs, hasTurn: false, isDirty: false });
    return row.subscriptionId;
  },
});

/** Takes in what was read, and has it read again if that was not enough. */
export const finish = sealedMutation({
  args: { readId: v.id("subscriptionReads") },
  returns: v.null(),
  handler: async (ctx, { readId }) => {
    await takeRead(ctx);
    const row = await ctx.db.get(readId);
    if (row?.status === "reading") {
      await (row.isDirty ? readLater(ctx, row, "still_ambiguous") : rest(ctx.db, row, null));
    }
    return null;
  },
});

/** Has what could not be read tried again. Whether a subscription is gone is for its events to say. */
export const fail = internalMutation({
  args: { readId: v.id("subscriptionReads"), failure: v.string() },
  returns: v.null(),
  handler: async (ctx, { readId, failure }) => {
    const row = await ctx.db.get(readId);
    if (row?.status === "reading") {
      const isFinal = failure === RESOURCE_MISSING && !row.isDirty;
      await (isFinal ? rest(ctx.db, row, failure) : readLater(ctx, row, failure));
    }
    return null;
  },
});

/**
 * Reads a subscription from Stripe at once, for an operator, whether it is ambiguous or not, and takes in
 * what it finds as an observation. Keeps to the rate of all reads.
 *
 * @throws ConvexError `stripe_key_missing`; `stripe_unavailable` with what Stripe said
 */
export const now = internalAction({
  args: { subscriptionId: v.string() },
  returns: v.null(),
  handler: async (ctx, { subscriptionId }): Promise<null> => {
    const api = openStripeApi();
    const waitMs = (await ctx.runMutation(internal.refetch.takeTurn, {})) - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, MAX_TURN_WAIT_MS)));
    try {
      const observed = await observeSubscription(api, subscriptionId);
      await ctx.runMutation(internal.refetch.take, observed);
    } catch (error) {
      throw refusal(
        "stripe_unavailable",
        `The subscription was not read: ${stripeFailure(error)}.`,
      );
    }
    return null;
  },
});

/** When the next read may begin, for {@link now}. */
export const takeTurn = internalMutation({
  args: {},
  returns: v.number(),
  handler: async ({ db }) => await nextTurnMs(db),
});

/** Takes in what {@link now} read. */
export const take = sealedMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await takeRead(ctx);
    return null;
  },
});

/** Takes up reads whose action or job was lost, or that waited for an API key. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async ({ db, scheduler }) => {
    if (stripeSecretKey() === null) {
      return null;
    }
    const nowMs = Date.now();
    for (const row of await overdue(db, "reading", nowMs)) {
      await db.patch(row._id, { status: "waiting", dueAtMs: nowMs, hasTurn: false });
      await scheduler.runAfter(0, internal.refetch.read, { readId: row._id });
    }
    for (const { _id: readId } of await overdue(db, "waiting", nowMs - MISSED_AFTER_MS)) {
      await scheduler.runAfter(0, internal.refetch.read, { readId });
    }
    return null;
  },
});

interface ReadCtx {
  db: GuardedDatabase;
  scheduler: Scheduler;
}

async function readLater(
  { db, scheduler }: ReadCtx,
  row: Doc<"subscriptionReads">,
  failure: string,
): Promise<void> {
  const attempts = row.attempts + 1;
  const delayMs = retryDelayMs(READ_RETRY, attempts);
  if (delayMs === null) {
    await rest(db, { ...row, attempts }, failure);
    return;
  }
  const dueAtMs = Date.now() + delayMs;
  await db.patch(row._id, { status: "waiting", dueAtMs, attempts, failure });
  await scheduler.runAt(dueAtMs, internal.refetch.read, { readId: row._id });
}

async function rest(
  db: GuardedDatabase,
  { _id, attempts }: { _id: Id<"subscriptionReads">; attempts: number },
  failure: string | null,
): Promise<void> {
  await db.patch(_id, { status: "resting", dueAtMs: null, attempts, failure });
}

/** Whether the plan of the subscription still names it as ambiguous. */
async function isAmbiguous(
  db: Pick<DatabaseReader, "query" | "get">,
  { mode, account, subscriptionId }: Doc<"subscriptionReads">,
): Promise<boolean> {
  const subscription = await db
    .query("subscriptions")
    .withIndex("by_subscription", (q) =>
      q.eq("mode", mode).eq("account", account).eq("subscriptionId", subscriptionId),
    )
    .unique();
  const planId = subscription?.planId ?? null;
  const plan = planId === null ? null : await db.get(planId);
  return plan?.ambiguousSubscriptionIds.includes(subscriptionId) ?? false;
}

async function overdue(
  db: Pick<DatabaseReader, "query">,
  status: "waiting" | "reading",
  sinceMs: number,
): Promise<Doc<"subscriptionReads">[]> {
  return await db
    .query("subscriptionReads")
    .withIndex("by_due", (q) => q.eq("status", status).lte("dueAtMs", sinceMs))
    .take(MAX_SWEPT);
}
