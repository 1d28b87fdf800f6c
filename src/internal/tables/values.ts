import { v } from "convex/values";

export const nullableString = v.union(v.string(), v.null());
export const nullableNumber = v.union(v.number(), v.null());

/** Where a Stripe object id is unique: one mode of one account. "" is the platform's own account. */
export const scope = { mode: v.union(v.literal("test"), v.literal("live")), account: v.string() };

export const planType = v.union(
  v.literal("free"),
  v.literal("professional"),
  v.literal("enterprise"),
);

export const planSource = v.union(
  v.object({ eventId: v.string(), objectId: v.string() }),
  v.null(),
);

export const priceReference = {
  priceId: nullableString,
  lookupKey: nullableString,
  productId: nullableString,
};

/** Of the whole row; see `ledger/digest.ts`. */
export const noteDigest = { digest: v.string() };

/** What became of an event; README.md tells the meaning of each. */
export const eventStatus = v.union(
  v.literal("received"),
  v.literal("applied"),
  v.literal("unlinked"),
  v.literal("recorded"),
  v.literal("quarantined"),
  v.literal("failed"),
  v.literal("dead"),
);
