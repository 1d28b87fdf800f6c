import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import { type Check, checkResult } from "./doctor/Check.ts";
import { storedChecks } from "./doctor/storedChecks.ts";
import { stripeChecks } from "./doctor/stripeChecks.ts";
import { internalAction, internalQuery } from "./functions.ts";

/**
 * What is wrong with this deployment and what to do about it, as far as its documents and variables tell.
 * Changes nothing, and shows secrets by their fingerprints only.
 *
 * @param atMs the present time: a live query does not feel it pass
 */
export const stored = internalQuery({
  args: { atMs: v.number() },
  returns: v.array(checkResult),
  handler: async ({ db }, { atMs }) => await storedChecks(db, atMs),
});

/** As {@link stored}, and what Stripe says, which is asked now: within half a minute, and reading only. */
export const run = internalAction({
  args: {},
  returns: v.array(checkResult),
  handler: async (ctx): Promise<Check[]> => [
    ...(await ctx.runQuery(internal.doctor.stored, { atMs: Date.now() })),
    ...(await stripeChecks()),
  ],
});
