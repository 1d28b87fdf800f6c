import {
  actionGeneric as action,
  anyApi,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";

const self = anyApi["who"] as never as Record<string, never>;

export const inQuery = query({ args: {}, handler: (ctx) => ctx.auth.getUserIdentity() as never });
export const inMutation = mutation({
  args: {},
  handler: (ctx) => ctx.auth.getUserIdentity() as never,
});
export const inAction = action({ args: {}, handler: (ctx) => ctx.auth.getUserIdentity() as never });
export const throughAction = action({
  args: {},
  handler: (ctx) => ctx.runQuery(self["inQuery"] as never) as never,
});
export const throughMutation = mutation({
  args: {},
  handler: (ctx) => ctx.runQuery(self["inQuery"] as never) as never,
});
