import {
  defineSchema,
  defineTable,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
} from "convex/server";
import { v } from "convex/values";

/** The work that is measured, as Convex functions. {@link AccountsByHand} does the same without Convex. */
export const schema = defineSchema({
  accounts: defineTable({ owner: v.string(), balance: v.number() }).index("by_owner", ["owner"]),
  entries: defineTable({ accountId: v.id("accounts"), amount: v.number() }).index("by_account", [
    "accountId",
  ]),
});

export const open = internalMutation({
  args: { owners: v.array(v.string()) },
  handler: async (ctx, { owners }) => {
    for (const owner of owners) {
      await ctx.db.insert("accounts", { owner, balance: 0 });
    }
  },
});

/** One index look-up, one insert, one patch. */
export const deposit = internalMutation({
  args: { owner: v.string(), amount: v.number() },
  returns: v.number(),
  handler: async (ctx, { owner, amount }) => {
    const account = await ctx.db
      .query("accounts")
      .withIndex("by_owner", (q) => q.eq("owner", owner))
      .unique();
    if (account === null) {
      throw new Error(`no account of ${owner}`);
    }
    await ctx.db.insert("entries", { accountId: account._id, amount });
    await ctx.db.patch(account._id, { balance: account["balance"] + amount });
    return account["balance"] + amount;
  },
});

/** One index look-up. */
export const byOwner = internalQuery({
  args: { owner: v.string() },
  handler: (ctx, { owner }) =>
    ctx.db
      .query("accounts")
      .withIndex("by_owner", (q) => q.eq("owner", owner))
      .unique(),
});
