import {
  actionGeneric as action,
  anyApi,
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";

const people = anyApi["people"] as never as Record<"add", never>;
const self = anyApi["scheduling"] as never as Record<string, never>;

export const later = mutation({
  args: { name: v.string(), fail: v.optional(v.boolean()) },
  handler: async (ctx, { name, fail }) => {
    const id = await ctx.scheduler.runAfter(0, people.add, { name } as never);
    if (fail) {
      throw new Error("after scheduling");
    }
    return id;
  },
});
export const atOnceFromAction = action({
  args: { name: v.string() },
  handler: (ctx, { name }) => ctx.scheduler.runAt(Date.now(), people.add, { name } as never),
});
export const scheduleAction = mutation({
  args: {},
  handler: (ctx) => ctx.scheduler.runAfter(0, self["actionWrites"] as never, {} as never),
});
export const actionWrites = internalAction({
  args: {},
  handler: async (ctx) => {
    await ctx.runMutation(people.add, { name: "by scheduled action" } as never);
  },
});
export const scheduleFailing = mutation({
  args: {},
  handler: (ctx) => ctx.scheduler.runAfter(0, self["fails"] as never, {} as never),
});
export const fails = internalMutation({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("people", { name: "undone" });
    throw new Error("scheduled failure");
  },
});
export const chain: ReturnType<typeof mutation> = mutation({
  args: { left: v.number() },
  handler: async (ctx, args) => {
    const left = (args as { left: number }).left;
    await ctx.db.insert("people", { name: `chain ${left}` });
    if (left > 0) {
      await ctx.scheduler.runAfter(0, self["chain"] as never, { left: left - 1 } as never);
    }
  },
});
export const scheduleAndCancel = mutation({
  args: {},
  handler: async (ctx) => {
    const id = await ctx.scheduler.runAfter(0, people.add, { name: "canceled" } as never);
    await ctx.scheduler.cancel(id);
    return id;
  },
});
export const nestedFailure = mutation({
  args: {},
  handler: async (ctx) => {
    const nested = { name: "undone", fail: true };
    await ctx.runMutation(self["later"] as never, nested as never).catch(() => null);
    await ctx.scheduler.runAfter(0, people.add, { name: "kept" } as never);
  },
});
export const jobs = query({
  args: {},
  handler: async (ctx) => {
    const found = await ctx.db.system.query("_scheduled_functions").collect();
    return found.map(({ name, args, state }) => ({ name, args, kind: state.kind }));
  },
});
export const job = query({
  args: { id: v.any() },
  handler: async (ctx, { id }) => {
    const found = await ctx.db.system.get(id as never);
    return found === null
      ? null
      : {
          kind: (found as never as { state: { kind: string } }).state.kind,
          keys: Object.keys(found).sort(),
        };
  },
});
export const scheduleWho = mutation({
  args: {},
  handler: (ctx) => ctx.scheduler.runAfter(0, self["noteWho"] as never, {} as never),
});
export const noteWho = internalMutation({
  args: {},
  handler: async (ctx) => {
    const identity = await ctx.auth.getUserIdentity();
    await ctx.db.insert("people", { name: identity === null ? "nobody" : identity.subject });
  },
});
