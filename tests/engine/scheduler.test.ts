import {
  actionGeneric as action,
  defineSchema,
  defineTable,
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { type GenericId, v } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { OverloadedError } from "../../src/engine/errors.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { settle } from "../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";
import { withCommits } from "../support/withCommits.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

type JobId = GenericId<"_scheduled_functions">;

const ref = {
  note: makeFunctionReference<"mutation">("jobs:note"),
  fail: makeFunctionReference<"mutation">("jobs:fail"),
  act: makeFunctionReference<"action">("jobs:act"),
};

/** Opened by tests, so that actions wait for them. */
let gate: Promise<void> = Promise.resolve();
afterEach(() => {
  gate = Promise.resolve();
});

const jobs = {
  schedule: mutation({
    args: { path: v.string(), args: v.any(), at: v.optional(v.number()) },
    handler: (ctx, { path, args, at }) => {
      const target = makeFunctionReference<"mutation">(path);
      return at === undefined
        ? ctx.scheduler.runAfter(0, target, args)
        : ctx.scheduler.runAt(at, target, args);
    },
  }),
  scheduleInAction: action({
    args: { path: v.string(), at: v.number() },
    handler: (ctx, { path, at }) =>
      ctx.scheduler.runAt(at, makeFunctionReference<"mutation">(path), { text: "from action" }),
  }),
  cancelInAction: action({
    args: { id: v.string() },
    handler: (ctx, { id }) => ctx.scheduler.cancel(id as JobId),
  }),
  scheduleAndRead: mutation(async (ctx) => {
    const id = await ctx.scheduler.runAfter(0, ref.note, { text: "own" });
    const listed = await ctx.db.system.query("_scheduled_functions").collect();
    return { id, own: await ctx.db.system.get(id), listed: listed.length };
  }),
  scheduleAndFail: mutation(async (ctx) => {
    await ctx.scheduler.runAfter(0, ref.note, { text: "undone" });
    throw new Error("undone");
  }),
  scheduleMany: mutation({
    args: { count: v.number() },
    handler: async (ctx, { count }) => {
      for (let i = 0; i < count; i++) {
        await ctx.scheduler.runAfter(0, ref.note, { text: `${i}` });
      }
    },
  }),
  scheduleLarge: mutation(async (ctx) => {
    for (let i = 0; i < 3; i++) {
      await ctx.scheduler.runAfter(0, ref.note, { text: "x".repeat(6 * 1024 * 1024) });
    }
  }),
  catchNested: mutation(async (ctx) => {
    await ctx.scheduler.runAfter(0, ref.note, { text: "outer" });
    await ctx
      .runMutation(makeFunctionReference<"mutation">("jobs:scheduleAndFail"))
      .catch(() => undefined);
  }),
  cancel: mutation({
    args: { id: v.string() },
    handler: (ctx, { id }) => ctx.scheduler.cancel(id as JobId),
  }),
  read: query({
    args: { id: v.id("_scheduled_functions") },
    handler: (ctx, { id }) => ctx.db.system.get(id),
  }),
  readAsUser: query({
    args: { id: v.string() },
    handler: (ctx, { id }) => ctx.db.get(id as GenericId<"notes">),
  }),
  readNoteAsSystem: query(async (ctx) => {
    const note = await ctx.db.query("notes").first();
    return ctx.db.system.get(note?._id as unknown as JobId);
  }),
  overwrite: mutation({
    args: { id: v.string(), how: v.string() },
    handler: async (ctx, { id, how }) => {
      const noteId = id as GenericId<"notes">;
      if (how === "delete") {
        await ctx.db.delete(noteId);
      } else {
        await ctx.db[how as "patch"](noteId, { text: "forged" });
      }
    },
  }),
  states: query(async (ctx) => {
    const all = await ctx.db.system.query("_scheduled_functions").collect();
    return all.map(({ state }) => state);
  }),
  notes: query(async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text)),
  note: internalMutation({
    args: { text: v.string() },
    handler: async (ctx, { text }) => {
      await ctx.db.insert("notes", { text });
    },
  }),
  fail: internalMutation(async (ctx) => {
    await ctx.db.insert("notes", { text: "never" });
    throw new Error("broken");
  }),
  hang: internalMutation(async (ctx) => {
    await ctx.db.insert("notes", { text: "never" });
    await new Promise(() => undefined);
  }),
  readSelf: internalMutation(async (ctx) => {
    const [self] = await ctx.db.system.query("_scheduled_functions").collect();
    const identity = await ctx.auth.getUserIdentity();
    await ctx.db.insert("notes", { text: `${self?.state.kind} ${identity}` });
  }),
  cancelSelf: internalMutation(async (ctx) => {
    const [self] = await ctx.db.system.query("_scheduled_functions").collect();
    await ctx.scheduler.cancel(self?._id as JobId);
  }),
  act: internalAction(async (ctx) => {
    await ctx.runMutation(ref.note, { text: "action began" });
    await gate;
    await ctx.runMutation(makeFunctionReference<"mutation">("jobs:schedule"), {
      path: "jobs:note",
      args: { text: "from nested" },
    });
    await ctx.scheduler.runAfter(0, ref.note, { text: "from action" });
  }),
  failingAction: internalAction(() => {
    throw new Error("no luck");
  }),
  aQuery: query(() => null),
  anyNoteId: query(async (ctx) => (await ctx.db.query("notes").first())?._id ?? null),
};

const modules = {
  schema: { default: defineSchema({ notes: defineTable({ text: v.string() }) }) },
  jobs,
};

function open(options?: { store?: SqlStore }): SchedulerEngine {
  return openSchedulerEngine(modules, options);
}

describe("E8 a scheduled function", () => {
  test("is seen at once by the mutation that schedules it, in Convex's shape", async () => {
    const { call } = open();
    const { id, own, listed } = (await call("jobs:scheduleAndRead")) as Record<string, unknown>;
    expect(listed).toBe(1);
    expect(own).toEqual({
      _id: id,
      _creationTime: expect.any(Number),
      name: "jobs.js:note",
      args: [{ text: "own" }],
      scheduledTime: expect.any(Number),
      state: { kind: "pending" },
    });
  });

  test("runs when it is due, not before, and tells when it was done", async () => {
    const { call, engine, time } = open();
    await engine.start();
    const at = time.clock.nowMs() + 10_000;
    const id = await call("jobs:schedule", { path: "jobs:note", args: { text: "x" }, at });
    await time.advance(9_999);
    expect(await call("jobs:notes")).toEqual([]);
    await time.advance(2);
    await settle();
    expect(await call("jobs:notes")).toEqual(["x"]);
    const done = (await call("jobs:read", { id })) as Record<string, unknown>;
    expect(done).toMatchObject({ state: { kind: "success" }, scheduledTime: at });
    expect(Math.floor(Number(done["completedTime"]))).toBeGreaterThanOrEqual(at);
  });

  test("is gone when the mutation that scheduled it fails, a nested one included", async () => {
    const { call, engine } = open();
    await expect(call("jobs:scheduleAndFail")).rejects.toThrow("undone");
    expect(await call("jobs:states")).toEqual([]);
    await call("jobs:catchNested");
    await engine.scheduler.runDue();
    expect(await call("jobs:notes")).toEqual(["outer"]);
  });

  test("sees itself in progress, and nobody signed in", async () => {
    const { call, engine } = open();
    await engine.call(
      "jobs:schedule",
      "Mutation",
      { path: "jobs:readSelf", args: {} },
      {
        audience: "client",
        identity: { tokenIdentifier: "i|s", issuer: "i", subject: "s" } as never,
      },
    );
    await engine.scheduler.runDue();
    expect(await call("jobs:notes")).toEqual(["inProgress null"]);
  });

  test.each([
    ["jobs:fail", "Uncaught Error: broken"],
    ["jobs:hang", "Returned promise will never resolve"],
    ["jobs:failingAction", "Uncaught Error: no luck"],
    [
      "jobs:aQuery",
      'Unsupported function type. "aQuery" in module "jobs.js" is defined as a Query. Only Mutation and Action can be scheduled.',
    ],
  ])("%s that fails is undone and says why", async (path, error) => {
    const { call, engine } = open();
    await call("jobs:schedule", { path, args: {} });
    await engine.scheduler.runDue();
    expect(await call("jobs:states")).toEqual([{ kind: "failed", error }]);
    expect(await call("jobs:notes")).toEqual([]);
  });

  test("whose arguments do not match fails when it runs, not when it is scheduled", async () => {
    const { call, engine } = open();
    await call("jobs:schedule", { path: "jobs:note", args: { text: 7 } });
    await engine.scheduler.runDue();
    expect(await call("jobs:states")).toEqual([
      { kind: "failed", error: expect.stringMatching(/^ArgumentValidationError: /) },
    ]);
  });

  test("can be scheduled and canceled by an action", async () => {
    const { call, engine, time } = open();
    const at = time.clock.nowMs() + 1_000;
    const kept = await call("jobs:scheduleInAction", { path: "jobs:note", at });
    const canceled = await call("jobs:scheduleInAction", { path: "jobs:note", at });
    await call("jobs:cancelInAction", { id: canceled });
    await time.advance(1_000);
    await engine.scheduler.runDue();
    expect(await call("jobs:notes")).toEqual(["from action"]);
    expect(await call("jobs:read", { id: kept })).toMatchObject({ state: { kind: "success" } });
    expect(await call("jobs:read", { id: canceled })).toMatchObject({
      state: { kind: "canceled" },
    });
  });

  test("that is canceled before it is due never runs; canceling what is over does nothing", async () => {
    const { call, engine } = open();
    const id = await call("jobs:schedule", { path: "jobs:note", args: { text: "x" } });
    await call("jobs:cancel", { id });
    await engine.scheduler.runDue();
    expect(await call("jobs:notes")).toEqual([]);
    const done = await call("jobs:schedule", { path: "jobs:note", args: { text: "y" } });
    await engine.scheduler.runDue();
    await call("jobs:cancel", { id: done });
    expect(await call("jobs:read", { id: done })).toMatchObject({ state: { kind: "success" } });
  });

  test("that is an action goes on when canceled, and what it then schedules is canceled", async () => {
    const { call, engine, time } = open();
    await engine.start();
    let release: () => void = () => undefined;
    gate = new Promise((resolve) => {
      release = resolve;
    });
    const id = await call("jobs:schedule", { path: "jobs:act", args: {} });
    await time.advance(1);
    await settle();
    expect(await call("jobs:notes")).toEqual(["action began"]);
    expect(await call("jobs:states")).toEqual([{ kind: "inProgress" }]);
    await call("jobs:cancel", { id });
    release();
    await engine.scheduler.finishInProgress();
    await time.advance(1);
    expect(await call("jobs:states")).toEqual([
      { kind: "canceled" },
      { kind: "canceled" },
      { kind: "canceled" },
    ]);
    expect(await call("jobs:notes")).toEqual(["action began"]);
  });

  test("that is a mutation cannot cancel itself", async () => {
    const { call, engine } = open();
    await call("jobs:schedule", { path: "jobs:cancelSelf", args: {} });
    await engine.scheduler.runDue();
    expect(await call("jobs:states")).toEqual([
      { kind: "failed", error: "Uncaught Error: A mutation cannot cancel itself" },
    ]);
  });

  test("is one of at most 8 that run at once", async () => {
    const { call, engine, time } = open();
    await engine.start();
    let release: () => void = () => undefined;
    gate = new Promise((resolve) => {
      release = resolve;
    });
    for (let i = 0; i < 10; i++) {
      await call("jobs:schedule", { path: "jobs:act", args: {} });
    }
    await time.advance(1);
    await settle();
    expect(await call("jobs:notes")).toHaveLength(8);
    release();
    await engine.scheduler.finishInProgress();
    await time.advance(60_000);
    await settle();
    expect(await call("jobs:notes")).toHaveLength(30);
  });

  test("is removed a week after it ended, in bounded steps", async () => {
    const { call, engine, time } = open();
    await engine.start();
    for (let i = 0; i < 2; i++) {
      await call("jobs:scheduleMany", { count: 1_000 });
    }
    await engine.scheduler.runDue();
    await call("jobs:schedule", {
      path: "jobs:note",
      args: { text: "late" },
      at: time.clock.nowMs() + 30 * DAY_MS,
    });
    await time.advance(6 * DAY_MS);
    expect(await call("jobs:states")).toHaveLength(2_001);
    await time.advance(1.1 * DAY_MS);
    expect(await call("jobs:states")).toEqual([{ kind: "pending" }]);
  });
});

describe("E8 scheduling refuses, with Convex's text,", () => {
  test.each([
    ["nowhere:fn", "Attempted to schedule function at nonexistent path: nowhere.js"],
    [
      "jobs:missing",
      "Attempted to schedule function, but no exported function missing found in the file: jobs.js. Did you forget to export it?",
    ],
  ])("%s, which does not exist", async (path, text) => {
    const { call } = open();
    await expect(call("jobs:schedule", { path, args: {} })).rejects.toThrow(text);
  });

  test.each([
    [6 * 366 * DAY_MS, "is more than 5 years in the future"],
    [-6 * 366 * DAY_MS, "is more than 5 years in the past"],
    [-100 * 366 * DAY_MS, "cannot convert float seconds to Duration: value is negative"],
  ])("a time %i ms away", async (distanceMs, text) => {
    const { call, time } = open();
    const at = time.clock.nowMs() + distanceMs;
    await expect(
      call("jobs:schedule", { path: "jobs:note", args: { text: "x" }, at }),
    ).rejects.toThrow(text);
  });

  test("the function after the thousandth", async () => {
    const { call } = open();
    await call("jobs:scheduleMany", { count: 1_000 });
    await expect(call("jobs:scheduleMany", { count: 1_001 })).rejects.toThrow(
      "Too many functions scheduled by this mutation (limit: 1000)",
    );
    expect(await call("jobs:states")).toHaveLength(1_000);
  });

  test("arguments of more than 16 MiB together, and takes large ones up to that", async () => {
    const { call } = open();
    await expect(call("jobs:scheduleLarge")).rejects.toThrow(
      "Too large total size of the arguments of scheduled functions from this mutation (limit: 16777216 bytes)",
    );
  });

  test.each([
    ["zzz", "Invalid argument `id` for `db.cancel_job`: Unable to decode ID: Invalid ID length 3"],
    [
      "note",
      "Invalid scheduled function ID. The ID must be an ID on the '_scheduled_functions' table.",
    ],
  ])("to cancel the id %s", async (which, text) => {
    const { call } = open();
    await call("jobs:note", { text: "x" });
    const id = which === "note" ? await noteId(call) : which;
    await expect(call("jobs:cancel", { id })).rejects.toThrow(text);
  });
});

describe("E8 the table _scheduled_functions", () => {
  test("is read through db.system only, which reads no other", async () => {
    const { call } = open();
    const id = await call("jobs:schedule", { path: "jobs:note", args: { text: "x" } });
    await expect(call("jobs:readAsUser", { id })).rejects.toThrow(
      "System tables can only be accessed with db.system.",
    );
    await call("jobs:note", { text: "x" });
    await expect(call("jobs:readNoteAsSystem")).rejects.toThrow(
      "User tables cannot be accessed with db.system.",
    );
  });

  test("takes its own ids only", async () => {
    const { call } = open();
    await call("jobs:note", { text: "x" });
    await expect(call("jobs:read", { id: await noteId(call) })).rejects.toThrow(
      'from table `notes`, which does not match the table name in validator `v.id("_scheduled_functions")`',
    );
  });

  test.each(["patch", "replace", "delete"])("cannot be written with db.%s", async (how) => {
    const { call } = open();
    const id = await call("jobs:schedule", { path: "jobs:note", args: { text: "x" } });
    await expect(call("jobs:overwrite", { id, how })).rejects.toThrow(
      `Operation ${how} not permitted`,
    );
    expect(await call("jobs:states")).toEqual([{ kind: "pending" }]);
  });
});

describe("E9 when the system fails", () => {
  test("a scheduled mutation is tried again after waits that double, and runs once", async () => {
    const store = openMemoryStore();
    const failing = { commits: 0 };
    const { call, engine, time } = open({ store: failingCommits(store, failing) });
    await engine.start();
    await settle();
    const at = time.clock.nowMs() + 100;
    await call("jobs:schedule", { path: "jobs:note", args: { text: "once" }, at });
    failing.commits = 3;
    await time.advance(100 + 499);
    expect(failing.commits).toBe(2);
    await time.advance(2);
    expect(failing.commits).toBe(1);
    await time.advance(1_000);
    expect(failing.commits).toBe(0);
    await time.advance(1_990);
    expect(await call("jobs:notes")).toEqual([]);
    await time.advance(20);
    await settle();
    expect(await call("jobs:notes")).toEqual(["once"]);
    expect(await call("jobs:states")).toEqual([{ kind: "success" }]);
  });

  test("the end of an action is recorded when the store is back, without running it again", async () => {
    const store = openMemoryStore();
    const failing = { commits: 0 };
    const { call, engine, time } = open({ store: failingCommits(store, failing) });
    await engine.start();
    let release: () => void = () => undefined;
    gate = new Promise((resolve) => {
      release = () => {
        failing.commits = 3;
        resolve();
      };
    });
    await call("jobs:schedule", { path: "jobs:act", args: {} });
    await time.advance(1);
    await settle();
    release();
    await time.advance(10_000);
    await settle();
    expect(await call("jobs:notes")).toEqual(["action began"]);
    expect((await call("jobs:states")) as unknown[]).toEqual([
      { kind: "failed", error: expect.stringContaining("Uncaught Error: ") },
    ]);
  });

  test("for good, every call says so and the process goes on", async () => {
    const { call, store } = open();
    store.close();
    await expect(call("jobs:notes")).rejects.toThrow(StoreError);
    await expect(call("jobs:schedule", { path: "jobs:note", args: {} })).rejects.toThrow(
      StoreError,
    );
  });

  test("nothing is lost when too much is waiting", async () => {
    const { call, engine, time } = open();
    const at = time.clock.nowMs() + 1_000;
    await call("jobs:schedule", { path: "jobs:note", args: { text: "later" }, at });
    await engine.start();
    await settle();
    const flood = Array.from({ length: 10_001 }, () => call("jobs:aQuery"));
    const advanced = time.advance(60_000);
    const answers = await Promise.allSettled(flood);
    const refused = answers.filter(
      (answer) => answer.status === "rejected" && answer.reason instanceof OverloadedError,
    );
    expect(refused.length).toBeGreaterThan(0);
    await advanced;
    await settle();
    expect(await call("jobs:notes")).toEqual(["later"]);
  });
});

async function noteId(call: SchedulerEngine["call"]): Promise<string> {
  const id = await call("jobs:anyNoteId");
  return String(id);
}

/** The store, but the next commits fail, as many as `failing` says. */
function failingCommits(store: SqlStore, failing: { commits: number }): SqlStore {
  return withCommits(store, () => {
    if (failing.commits > 0) {
      failing.commits--;
      throw new StoreError("disk full");
    }
  });
}
