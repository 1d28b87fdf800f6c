import { v } from "convex/values";

/** The arguments of a checkout; see `startCheckout.ts`. */
export const checkoutRequest = {
  plan: v.optional(v.string()),
  interval: v.optional(v.string()),
  lookupKey: v.optional(v.string()),
  seats: v.optional(v.number()),
  returnUrl: v.optional(v.string()),
  cancelUrl: v.optional(v.string()),
};
