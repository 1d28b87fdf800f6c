import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";

export const add = mutation({
  args: { name: v.string() },
  handler: (ctx, { name }) => ctx.db.insert("people", { name }),
});
export const names = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("people").collect()).map(({ name }) => name),
});
export const rename = mutation({
  args: { from: v.string(), to: v.string() },
  handler: async (ctx, { from, to }) => {
    const person = await ctx.db
      .query("people")
      .withIndex("by_name", (q) => q.eq("name", from))
      .unique();
    if (person === null) {
      return false;
    }
    await ctx.db.patch(person._id, { name: to });
    return true;
  },
});
