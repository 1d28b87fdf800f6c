import { makeFunctionReference, paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import { internalMutation, internalQuery } from "./functions.ts";

/** Scheduled functions, newest first: those to come, those that run, and for a week those that are over. */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.system.query("_scheduled_functions").order("desc").paginate(paginationOpts),
});

/**
 * Schedules a mutation or action, as `ctx.scheduler` does. The function decides what it may write, now as
 * then.
 *
 * @param path as in `plans:open`
 * @param args an object, checked by the function's validators at once
 * @param atMs milliseconds since 1970; in the past: at once
 * @returns the job's id
 * @throws Error for a function that does not exist, or arguments that it does not take
 */
export const schedule = internalMutation({
  args: { path: v.string(), args: v.record(v.string(), v.any()), atMs: v.number() },
  returns: v.id("_scheduled_functions"),
  handler: async ({ scheduler }, { path, args, atMs }) =>
    await scheduler.runAt(atMs, makeFunctionReference<"mutation">(path), args),
});

/** Cancels what has not begun; of an action that runs, what it would still schedule. */
export const cancel = internalMutation({
  args: { jobId: v.id("_scheduled_functions") },
  returns: v.null(),
  handler: async ({ scheduler }, { jobId }) => {
    await scheduler.cancel(jobId);
    return null;
  },
});
