import { v } from "convex/values";
import { signingSecrets, stripeMode } from "./environment.ts";
import { internalQuery } from "./functions.ts";

/**
 * Whether deliveries can be taken: the store answers and there is a secret to verify with. Throws
 * otherwise.
 */
export const ready = internalQuery({
  args: {},
  returns: v.object({ mode: v.string(), signingSecrets: v.number() }),
  handler: async ({ db }) => {
    await db.query("events").first();
    return { mode: stripeMode(), signingSecrets: [...signingSecrets()].length };
  },
});
