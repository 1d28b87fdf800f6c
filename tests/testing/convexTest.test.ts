import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  cronJobs,
  defineSchema,
  defineTable,
  internalMutationGeneric as internalMutation,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { convexTest } from "../../src/testing/convexTest.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";

const schema = defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
});

const write = makeFunctionReference<"mutation", { text: string }>("notes:write");
const writeLater = makeFunctionReference<"mutation", { text: string; delayMs: number }>(
  "notes:writeLater",
);
const forever = makeFunctionReference<"mutation", Record<string, never>>("notes:forever");
const refuse = makeFunctionReference<"query", Record<string, never>>("notes:refuse");
const texts = makeFunctionReference<"query", Record<string, never>, string[]>("notes:texts");

class NotAllowedError extends Error {}

const notes = {
  write: internalMutation({
    args: { text: v.string() },
    handler: (ctx, { text }) => ctx.db.insert("notes", { text }),
  }),
  writeLater: mutation({
    args: { text: v.string(), delayMs: v.number() },
    handler: (ctx, { text, delayMs }) => ctx.scheduler.runAfter(delayMs, write, { text }),
  }),
  forever: mutation({
    args: {},
    handler: async (ctx) => {
      await ctx.scheduler.runAfter(0, forever, {});
    },
  }),
  texts: query({
    args: {},
    handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text),
  }),
  refuse: query({
    args: {},
    handler: () => {
      throw new NotAllowedError("not allowed");
    },
  }),
};

const crons = cronJobs();
crons.interval("never in a test", { seconds: 1 }, write, { text: "by a cron" });

const modules = {
  "./_generated/api.ts": async () => ({}),
  "./notes.ts": async () => notes,
  "./notes.test.ts": async () => {
    throw new Error("a test is no module");
  },
  "./crons.ts": async () => ({ default: crons, count: query(() => 1) }),
};

const open = () => convexTest(schema, modules);

describe("E18 convexTest", () => {
  test("types documents by the schema", async () => {
    const t = open();
    const id = await t.run((ctx) => ctx.db.insert("notes", { text: "typed" }));
    const note = await t.run((ctx) => ctx.db.get(id));
    expect(note?.text.toUpperCase()).toBe("TYPED");
  });

  test("gives every test documents of its own", async () => {
    const [one, other] = [open(), open()];
    await one.mutation(write, { text: "mine" });
    expect(await one.query(texts)).toEqual(["mine"]);
    expect(await other.query(texts)).toEqual([]);
  });

  test("takes its options as one object, too", async () => {
    const t = convexTest({ schema, modules, transactionLimits: true });
    await t.mutation(write, { text: "a" });
    expect(await t.query(texts)).toEqual(["a"]);
  });

  test("without a schema checks no document", async () => {
    const t = convexTest(undefined, modules);
    await t.run((ctx) => ctx.db.insert("notes", { text: 7 } as never));
    expect(await t.query(texts)).toEqual([7]);
  });

  test("throws what the function threw", async () => {
    const t = open();
    await expect(t.query(refuse)).rejects.toBeInstanceOf(NotAllowedError);
    await expect(
      t.run(async () => {
        throw new ConvexError({ code: "inline" });
      }),
    ).rejects.toMatchObject({ data: { code: "inline" } });
  });

  test("loads no test files and starts no cron, but has the functions beside the crons", async () => {
    const t = open();
    expect(await t.query(makeFunctionReference<"query">("crons:count"))).toBe(1);
    await t.finishAllScheduledFunctions(() => undefined);
    expect(await t.query(texts)).toEqual([]);
  });

  test("refuses modules that do not show their root, and paths without a slash", async () => {
    const rootless = convexTest(schema, { "./notes.ts": async () => notes });
    await expect(rootless.query(texts)).rejects.toThrow(
      'Could not find the "_generated" directory',
    );
    await expect(open().fetch("notes")).rejects.toThrow("must start with a `/`");
  });

  test("hosts the folder convex of the working directory when no modules are given", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "convex"));
    const code = `export const one = Object.assign(() => 1, ${JSON.stringify({ isQuery: true, isPublic: true })}, {
      invokeQuery: async () => "1", exportArgs: () => '{"type":"any"}', exportReturns: () => "null",
    });`;
    await writeFile(join(directory, "convex/numbers.mjs"), code);
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(directory);
    const one = await convexTest().query(makeFunctionReference<"query">("numbers:one"));
    cwd.mockRestore();
    expect(one).toBe(1);
  });
});

describe("E18 scheduled functions", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("run when fake time has come, and not before", async () => {
    const t = open();
    await t.mutation(writeLater, { text: "late", delayMs: 5_000 });
    vi.advanceTimersByTime(4_999);
    await t.finishInProgressScheduledFunctions();
    expect(await t.query(texts)).toEqual([]);
    vi.advanceTimersByTime(1);
    await t.finishInProgressScheduledFunctions();
    expect(await t.query(texts)).toEqual(["late"]);
  });

  test("all run, in the order of their times, when timers are advanced to the end", async () => {
    const t = open();
    for (const [text, delayMs] of [
      ["last", 86_400_000],
      ["first", 10],
      ["middle", 1_000],
    ] as const) {
      await t.mutation(writeLater, { text, delayMs });
    }
    await t.finishAllScheduledFunctions(vi.runAllTimers);
    expect(await t.query(texts)).toEqual(["first", "middle", "last"]);
  });

  test("more than run at once all run", async () => {
    const t = open();
    const wanted = Array.from({ length: 30 }, (_, i) => `note ${i}`);
    await t.run(async (ctx) => {
      for (const text of wanted) {
        await ctx.scheduler.runAfter(1_000, write, { text });
      }
    });
    vi.runAllTimers();
    await t.finishInProgressScheduledFunctions();
    expect((await t.query(texts)).sort()).toEqual([...wanted].sort());
  });

  test("that go on for ever are given up", async () => {
    const t = open();
    await t.mutation(forever);
    await expect(t.finishAllScheduledFunctions(vi.runAllTimers, 20)).rejects.toThrow(
      "too many iterations",
    );
  });
});
