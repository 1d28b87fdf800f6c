import { v } from "convex/values";
import { modesHeld as findModesHeld } from "./doctor/modesHeld.ts";
import { ownAccount, signingSecrets, stripeMode, stripeSecretKey } from "./environment.ts";
import { internalQuery } from "./functions.ts";
import { STRIPE_API_VERSION } from "./recovery/stripeApi.ts";

/**
 * Whether deliveries can be taken: the store answers and there is a secret to verify with. Throws
 * otherwise.
 */
export const ready = internalQuery({
  args: {},
  returns: v.object({
    mode: v.string(),
    signingSecrets: v.number(),
    hasStripeKey: v.boolean(),
    stripeApiVersion: v.string(),
  }),
  handler: async ({ db }) => {
    await db.query("events").first();
    return {
      mode: stripeMode(),
      signingSecrets: [...signingSecrets()].length,
      hasStripeKey: stripeSecretKey() !== null,
      stripeApiVersion: STRIPE_API_VERSION,
    };
  },
});

/** An account other than the deployment's own whose events named plans; null when there is none. */
export const otherAccountHeld = internalQuery({
  args: {},
  returns: v.union(v.string(), v.null()),
  handler: async ({ db }) => {
    const [mode, own] = [stripeMode(), ownAccount()];
    const before = await db
      .query("links")
      .withIndex("by_object", (q) => q.eq("mode", mode).lt("account", own))
      .first();
    const after = await db
      .query("links")
      .withIndex("by_object", (q) => q.eq("mode", mode).gt("account", own))
      .first();
    return (before ?? after)?.account ?? null;
  },
});

/** The modes that `doctor/modesHeld.ts` finds. */
export const modesHeld = internalQuery({
  args: {},
  returns: v.array(v.string()),
  handler: async ({ db }) => await findModesHeld(db),
});
