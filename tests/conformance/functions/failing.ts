import {
  actionGeneric as action,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { ConvexError, v } from "convex/values";

export const plain = query({
  args: {},
  handler: () => {
    throw new Error("plain failure");
  },
});
export const typed = query({
  args: {},
  handler: () => {
    throw new TypeError("wrong kind");
  },
});
export const withData = query({
  args: { data: v.any() },
  handler: (_ctx, { data }) => {
    throw new ConvexError(data);
  },
});
const shared = new ConvexError({ code: "shared" });
export const sharedError = query({
  args: {},
  handler: () => {
    throw shared;
  },
});
export const writeThenThrow = mutation({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    await ctx.db.insert("people", { name });
    throw new Error("after the write");
  },
});
export const writeThenThrowData = mutation({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    await ctx.db.insert("people", { name });
    throw new ConvexError({ code: "after", name });
  },
});
export const inAction = action({
  args: {},
  handler: () => {
    throw new ConvexError("from an action");
  },
});
