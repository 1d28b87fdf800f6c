import {
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  makeFunctionReference,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";

const step = makeFunctionReference<"mutation">("chains:step");
const act = makeFunctionReference<"action">("chains:act");

/** What actions have done to the world outside, which no roll-back undoes. */
export interface Outside {
  append(effect: string): void;
}

/**
 * Functions for tests of crashes: `begin` starts, once, chains of scheduled mutations, each of which writes its
 * number, schedules the next one, and every other time an action with an effect outside.
 */
export function crashFunctions(outside: Outside) {
  return {
    begin: internalMutation({
      args: { chains: v.number(), length: v.number() },
      handler: async (ctx, { chains, length }) => {
        if ((await ctx.db.query("begun").first()) !== null) {
          return;
        }
        await ctx.db.insert("begun", {});
        for (let chain = 0; chain < chains; chain++) {
          await ctx.scheduler.runAfter(0, step, { chain, number: 0, length });
        }
      },
    }),
    step: internalMutation({
      args: { chain: v.number(), number: v.number(), length: v.number() },
      handler: async (ctx, { chain, number, length }) => {
        await ctx.db.insert("steps", { chain, number });
        if (number % 2 === 1) {
          await ctx.scheduler.runAfter(0, act, { effect: `${chain}.${number}` });
        }
        if (number + 1 < length) {
          await ctx.scheduler.runAfter(0, step, { chain, number: number + 1, length });
        }
      },
    }),
    act: internalAction({
      args: { effect: v.string() },
      handler: async (ctx, { effect }) => {
        await ctx.runMutation(makeFunctionReference<"mutation">("chains:note"), { effect });
        outside.append(effect);
      },
    }),
    note: internalMutation({
      args: { effect: v.string() },
      handler: async (ctx, { effect }) => {
        await ctx.db.insert("effects", { effect });
      },
    }),
    summary: query(async (ctx) => {
      const jobs = await ctx.db.system.query("_scheduled_functions").collect();
      const steps = await ctx.db.query("steps").collect();
      const effects = await ctx.db.query("effects").collect();
      return {
        steps: steps.map(({ chain, number }) => `${chain}.${number}`).sort(),
        effects: effects.map(({ effect }) => effect).sort(),
        actions: jobs
          .filter(({ name }) => name === "chains.js:act")
          .map(({ args, state }) => ({ effect: args[0].effect, state })),
        otherStates: [
          ...new Set(
            jobs.filter(({ name }) => name !== "chains.js:act").map(({ state }) => state.kind),
          ),
        ],
      };
    }),
  };
}

/** What `chains:summary` gives. */
export interface CrashSummary {
  steps: string[];
  effects: string[];
  actions: {
    effect: string;
    state: { kind: string; error?: string };
  }[];
  otherStates: string[];
}
