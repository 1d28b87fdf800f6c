import {
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  makeFunctionReference,
  queryGeneric as query,
} from "convex/server";
import { type GenericId, v } from "convex/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { type ManualTime, manualTime, settle } from "../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

const KINDS = ["work", "fail", "act", "failingAction"] as const;

const jobs = {
  schedule: internalMutation({
    args: { kind: v.string(), at: v.number(), isUndone: v.boolean() },
    handler: async (ctx, { kind, at, isUndone }) => {
      const target = makeFunctionReference<"mutation">(`jobs:${kind}`);
      const id = await ctx.scheduler.runAt(at, target);
      if (isUndone) {
        throw new Error("undone");
      }
      return id;
    },
  }),
  cancel: internalMutation({
    args: { id: v.string() },
    handler: (ctx, { id }) => ctx.scheduler.cancel(id as GenericId<"_scheduled_functions">),
  }),
  states: query(async (ctx) => {
    const all = await ctx.db.system.query("_scheduled_functions").collect();
    return all.map(({ state }) => state.kind);
  }),
  runs: query(async (ctx) => (await ctx.db.query("runs").collect()).length),
  work: internalMutation(async (ctx) => {
    await ctx.db.insert("runs", {});
  }),
  fail: internalMutation(async (ctx) => {
    await ctx.db.insert("runs", {});
    throw new Error("broken");
  }),
  act: internalAction((ctx) => ctx.runMutation(makeFunctionReference<"mutation">("jobs:work"))),
  failingAction: internalAction(() => {
    throw new Error("broken");
  }),
};

interface ModelJob {
  id: string;
  kind: (typeof KINDS)[number];
  dueMs: number;
  state: string;
}

type Operation =
  | { do: "schedule"; kind: (typeof KINDS)[number]; inMs: number; isUndone: boolean }
  | { do: "cancel"; which: number }
  | { do: "advance"; ms: number }
  | { do: "restart"; isCrash: boolean; downMs: number };

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constant("schedule" as const),
    kind: fc.constantFrom(...KINDS),
    inMs: fc.integer({ min: -50, max: 200 }),
    isUndone: fc.boolean(),
  }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat({ max: 20 }) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 120 }) }),
  fc.record({
    do: fc.constant("restart" as const),
    isCrash: fc.boolean(),
    downMs: fc.integer({ min: 0, max: 120 }),
  }),
);

test("E8 E9 any history of scheduling, canceling, time and restarts ends as a list of jobs would", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOperation, { maxLength: 12 }), async (operations) => {
      const store = openMemoryStore();
      let nowMs = Date.now();
      let time = manualTime(nowMs);
      let opened = openSchedulerEngine({ jobs }, { store, time });
      await opened.engine.start();
      const model: ModelJob[] = [];
      for (const operation of operations) {
        switch (operation.do) {
          case "schedule":
            await schedule(opened, model, operation, nowMs);
            break;
          case "cancel":
            await cancel(opened, model, operation.which);
            break;
          case "advance":
            nowMs += operation.ms;
            await time.advance(operation.ms);
            break;
          case "restart":
            if (!operation.isCrash) {
              await opened.engine.close();
            }
            nowMs += operation.downMs;
            time = manualTime(nowMs);
            opened = openSchedulerEngine({ jobs }, { store, time });
            await opened.engine.start();
            break;
        }
        await finishDue(opened, time);
        runDue(model, nowMs);
        expect(await opened.call("jobs:states")).toEqual(model.map(({ state }) => state));
        expect(await opened.call("jobs:runs")).toBe(
          model.filter(({ state, kind }) => {
            return state === "success" && (kind === "work" || kind === "act");
          }).length,
        );
      }
      store.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);

async function schedule(
  { call }: SchedulerEngine,
  model: ModelJob[],
  operation: Operation & { do: "schedule" },
  nowMs: number,
): Promise<void> {
  const { kind, isUndone } = operation;
  const dueMs = nowMs + operation.inMs;
  const scheduled = call("jobs:schedule", { kind, at: dueMs, isUndone });
  if (isUndone) {
    await expect(scheduled).rejects.toThrow("undone");
  } else {
    model.push({ id: String(await scheduled), kind, dueMs, state: "pending" });
  }
}

async function cancel({ call }: SchedulerEngine, model: ModelJob[], which: number): Promise<void> {
  const job = model[which];
  if (job !== undefined) {
    await call("jobs:cancel", { id: job.id });
    job.state = job.state === "pending" ? "canceled" : job.state;
  }
}

function runDue(model: ModelJob[], nowMs: number): void {
  for (const job of model) {
    if (job.state === "pending" && job.dueMs <= nowMs) {
      job.state = job.kind === "work" || job.kind === "act" ? "success" : "failed";
    }
  }
}

async function finishDue({ engine }: SchedulerEngine, time: ManualTime): Promise<void> {
  await time.advance(0);
  await settle();
  await engine.scheduler.finishInProgress();
  await settle();
}
