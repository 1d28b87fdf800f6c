import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { type PropertyValidators, v } from "convex/values";

/** One function for each kind of validator; each gives back what it was given. */
const echo = (args: PropertyValidators) =>
  query({ args, handler: (_ctx, given: Record<string, never>) => given });

export const none = query((_ctx, args: Record<string, never>) => args);
export const empty = query({ args: {}, handler: () => "empty" });
export const ofString = echo({ x: v.string() });
export const ofNumber = echo({ x: v.number() });
export const ofInt64 = echo({ x: v.int64() });
export const ofBoolean = echo({ x: v.boolean() });
export const ofNull = echo({ x: v.null() });
export const ofBytes = echo({ x: v.bytes() });
export const ofAny = echo({ x: v.any() });
export const ofId = echo({ x: v.id("people") });
export const ofLiteral = echo({ x: v.literal("exact") });
export const ofArray = echo({ x: v.array(v.number()) });
export const ofObject = echo({
  x: v.object({ y: v.string(), z: v.optional(v.number()) }),
} as never);
export const ofRecord = echo({ x: v.record(v.string(), v.number()) });
export const ofUnion = echo({ x: v.union(v.string(), v.number()) });
export const ofOptional = echo({ x: v.optional(v.string()) });
export const ofNullable = echo({ x: v.nullable(v.string()) });

export const returnsString = query({
  args: { value: v.any() },
  returns: v.string(),
  handler: (_ctx, { value }) => value,
});
export const returnsObject = query({
  args: { value: v.any() },
  returns: v.object({ a: v.number() }),
  handler: (_ctx, { value }) => value,
});
export const returnsNull = query({
  args: {},
  returns: v.null(),
  handler: () => undefined as never,
});
export const badReturnWrites = mutation({
  args: {},
  returns: v.string(),
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "written" });
    return 1 as never;
  },
});
