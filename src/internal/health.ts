import { v } from "convex/values";
import { modesHeld as findModesHeld } from "./doctor/modesHeld.ts";
import { signingSecrets, stripeMode, stripeSecretKey } from "./environment.ts";
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

/** The modes that `doctor/modesHeld.ts` finds. */
export const modesHeld = internalQuery({
  args: {},
  returns: v.array(v.string()),
  handler: async ({ db }) => await findModesHeld(db),
});
