import {
  actionGeneric as action,
  anyApi,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { ConvexError, v } from "convex/values";

const people = anyApi["people"] as never as Record<"add" | "names", never>;
const failing = anyApi["failing"] as never as Record<string, never>;
const self = anyApi["calling"] as never as Record<string, never>;
const validated = anyApi["validated"] as never as Record<string, never>;

export const queryInQuery = query({ args: {}, handler: (ctx) => ctx.runQuery(people.names) });
export const queryInMutation = mutation({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "uncommitted" });
    return await ctx.runQuery(people.names);
  },
});
export const mutationInMutation = mutation({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "outer" });
    await ctx.runMutation(people.add, { name: "inner" } as never);
    return await ctx.runQuery(people.names);
  },
});
export const catching = mutation({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "outer" });
    try {
      await ctx.runMutation(failing["writeThenThrow"] as never, { name: "inner" } as never);
    } catch {
      await ctx.db.insert("people", { name: "caught" });
    }
    return await ctx.runQuery(people.names);
  },
});
export const caughtMessage = mutation({
  args: {},
  handler: async (ctx) => {
    try {
      await ctx.runMutation(failing["writeThenThrow"] as never, { name: "inner" } as never);
      return "nothing thrown";
    } catch (error) {
      return (error as Error).message;
    }
  },
});
export const caughtData = mutation({
  args: {},
  handler: async (ctx) => {
    try {
      await ctx.runMutation(failing["writeThenThrowData"] as never, { name: "inner" } as never);
      return "nothing thrown";
    } catch (error) {
      return error instanceof ConvexError ? error.data : "no ConvexError";
    }
  },
});
export const notCatching = mutation({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "outer" });
    await ctx.runMutation(failing["writeThenThrow"] as never, { name: "inner" } as never);
  },
});
/** At each level: writes, calls the next, fails at `failAt`, catches at `catchAt`. */
export const levels: ReturnType<typeof mutation> = mutation({
  args: { level: v.number(), failAt: v.number(), catchAt: v.number() },
  handler: async (ctx, args) => {
    const { level, failAt, catchAt } = args as Record<"level" | "failAt" | "catchAt", number>;
    await ctx.db.insert("people", { name: `level ${level}` });
    if (level === failAt) {
      throw new Error(`failed at ${level}`);
    }
    if (level < 4) {
      const next = ctx.runMutation(self["levels"] as never, { ...args, level: level + 1 } as never);
      await (level === catchAt ? next.catch(() => null) : next);
    }
    return null;
  },
});
export const badArgsCaught = mutation({
  args: {},
  handler: async (ctx) => {
    try {
      await ctx.runQuery(validated["ofString"] as never, { x: 1 } as never);
      return "accepted";
    } catch {
      return "refused";
    }
  },
});
export const bothTogether = mutation({
  args: {},
  handler: async (ctx) => {
    await Promise.all([
      ctx.runMutation(people.add, { name: "first" } as never),
      ctx.runMutation(people.add, { name: "second" } as never),
    ]);
    return await ctx.runQuery(people.names);
  },
});
export const fromAction = action({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(people.add, { name: "by action" } as never);
    const names = await ctx.runQuery(people.names);
    const nested = await ctx.runAction(self["innerAction"] as never, {} as never);
    return { names, nested };
  },
});
export const innerAction = action({ args: {}, handler: () => "inner action" });
export const actionKeepsCommitted = action({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(people.add, { name: "kept" } as never);
    throw new Error("the action failed later");
  },
});
export const actionCatches = action({
  args: {},
  handler: async (ctx) => {
    try {
      await ctx.runMutation(failing["writeThenThrowData"] as never, { name: "gone" } as never);
      return "nothing thrown";
    } catch (error) {
      return { data: error instanceof ConvexError ? error.data : "no ConvexError" };
    }
  },
});
export const parallelMutations = action({
  args: {},
  handler: async (ctx) => {
    await Promise.all(
      ["a", "b", "c"].map((name) => ctx.runMutation(people.add, { name } as never)),
    );
    return ((await ctx.runQuery(people.names)) as string[]).sort();
  },
});
