import {
  cronJobs,
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
  makeFunctionReference,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { manualTime, settle } from "../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse("2026-01-01T10:30:15Z");

interface CronRow {
  name: string;
  nextRunMs: number;
  previousRunMs: number | null;
  state: string;
}

interface LogRow {
  name: string;
  runMs: number;
  status: Record<string, unknown>;
}

let gate: Promise<void> = Promise.resolve();
afterEach(() => {
  gate = Promise.resolve();
});

const ticks = {
  tick: internalMutation({
    args: { text: v.string() },
    handler: async (ctx, { text }) => {
      await ctx.db.insert("ticks", { text });
      return text.repeat(text === "long" ? 500 : 1);
    },
  }),
  fail: internalMutation(async (ctx) => {
    await ctx.db.insert("ticks", { text: "never" });
    throw new Error("broken");
  }),
  act: internalAction(async (ctx) => {
    await ctx.runMutation(makeFunctionReference<"mutation">("ticks:tick"), { text: "action" });
    await gate;
  }),
  all: query(async (ctx) => (await ctx.db.query("ticks").collect()).map(({ text }) => text)),
  peek: query(async (ctx) => ctx.db.system.query("_cron_jobs" as never).collect()),
};

/** Crons are visible to the engine's own functions only. */
const system = {
  crons: internalQuery(async (ctx) => ctx.db.system.query("_cron_jobs" as never).collect()),
  logs: internalQuery(async (ctx) => ctx.db.system.query("_cron_job_logs" as never).collect()),
};

const tick = makeFunctionReference<"mutation">("ticks:tick");
const fail = makeFunctionReference<"mutation">("ticks:fail");
const act = makeFunctionReference<"action">("ticks:act");
const missing = makeFunctionReference<"mutation">("ticks:missing");
const aQuery = makeFunctionReference<"mutation">("ticks:all");

type Register = (crons: ReturnType<typeof cronJobs>) => void;

function open(
  register: Register,
  options: { store?: ReturnType<typeof openMemoryStore>; startMs?: number } = {},
): SchedulerEngine {
  const crons = cronJobs();
  register(crons);
  const { store = openMemoryStore(), startMs = START_MS } = options;
  return openSchedulerEngine(
    { ticks, "_system/test": system, crons: { default: crons } },
    { store, time: manualTime(startMs) },
  );
}

async function rows<Row>({ call }: SchedulerEngine, path: string): Promise<Row[]> {
  return (await call(path)) as Row[];
}

describe("E10 a cron", () => {
  test("of an interval runs at once and then on its beat", async () => {
    const opened = open((crons) => crons.interval("beat", { minutes: 5 }, tick, { text: "b" }));
    await opened.engine.start();
    await opened.time.advance(0);
    expect(await opened.call("ticks:all")).toEqual(["b"]);
    await opened.time.advance(5 * MINUTE_MS - 1);
    expect(await opened.call("ticks:all")).toEqual(["b"]);
    await opened.time.advance(10 * MINUTE_MS);
    await settle();
    expect(await opened.call("ticks:all")).toEqual(["b", "b", "b"]);
    const [cron] = await rows<CronRow>(opened, "_system/test:crons");
    expect(cron).toMatchObject({
      state: "pending",
      previousRunMs: START_MS + 10 * MINUTE_MS,
      nextRunMs: START_MS + 15 * MINUTE_MS,
    });
  });

  test("of a calendar schedule first runs at its next time, within its minute", async () => {
    const opened = open((crons) =>
      crons.daily("noon", { hourUTC: 12, minuteUTC: 0 }, tick, { text: "noon" }),
    );
    await opened.engine.start();
    const noonMs = Date.parse("2026-01-01T12:00:00Z");
    await opened.time.advance(noonMs - START_MS - 1);
    expect(await opened.call("ticks:all")).toEqual([]);
    await opened.time.advance(MINUTE_MS);
    await settle();
    expect(await opened.call("ticks:all")).toEqual(["noon"]);
    const [cron] = await rows<CronRow>(opened, "_system/test:crons");
    expect(cron?.nextRunMs).toBe(Number(cron?.previousRunMs) + 24 * HOUR_MS);
  });

  test("keeps the logs of its last 5 runs, a long result shortened", async () => {
    const opened = open((crons) => crons.interval("beat", { minutes: 1 }, tick, { text: "long" }));
    await opened.engine.start();
    await opened.time.advance(9 * MINUTE_MS);
    await settle();
    const logs = await rows<LogRow>(opened, "_system/test:logs");
    expect(logs.map(({ runMs }) => (runMs - START_MS) / MINUTE_MS)).toEqual([5, 6, 7, 8, 9]);
    expect(logs[0]?.status).toEqual({
      type: "success",
      result: { type: "truncated", truncatedLog: expect.stringMatching(/^"(long)+lo?n?$/) },
    });
  });

  test("that fails is undone, says why, and runs again the next time", async () => {
    const opened = open((crons) => crons.interval("bad", { minutes: 1 }, fail));
    await opened.engine.start();
    await opened.time.advance(MINUTE_MS);
    await settle();
    expect(await opened.call("ticks:all")).toEqual([]);
    const error = { type: "err", error: "Uncaught Error: broken" };
    const logs = await rows<LogRow>(opened, "_system/test:logs");
    expect(logs.map(({ status }) => status)).toEqual([error, error]);
  });

  test("does not overlap itself; the beats missed meanwhile are skipped with a note", async () => {
    const opened = open((crons) => crons.interval("slow", { minutes: 1 }, act));
    let release: () => void = () => undefined;
    gate = new Promise((resolve) => {
      release = resolve;
    });
    await opened.engine.start();
    await opened.time.advance(3 * MINUTE_MS + 30_000);
    expect(await opened.call("ticks:all")).toEqual(["action"]);
    release();
    await settle();
    const logs = await rows<LogRow>(opened, "_system/test:logs");
    expect(logs.map(({ status }) => status)).toEqual([
      { type: "success", result: { type: "default", value: null } },
      { type: "canceled", numCanceled: 3 },
    ]);
    await opened.time.advance(30_000);
    await settle();
    expect(await opened.call("ticks:all")).toEqual(["action", "action"]);
    const [cron] = await rows<CronRow>(opened, "_system/test:crons");
    expect(cron?.nextRunMs).toBe(START_MS + 5 * MINUTE_MS);
  });
});

test("E8 system tables other than _scheduled_functions are closed to functions of the app", async () => {
  const { call } = open((crons) => crons.interval("beat", { minutes: 5 }, tick, { text: "b" }));
  await expect(call("ticks:peek")).rejects.toThrow("The system table _cron_jobs is private.");
});

describe("E10 a start with other crons", () => {
  test("adds new ones, removes those that are gone, and leaves unchanged ones their next run", async () => {
    const store = openMemoryStore();
    const first = open(
      (crons) => {
        crons.interval("kept", { hours: 1 }, tick, { text: "kept" });
        crons.interval("gone", { hours: 1 }, tick, { text: "gone" });
        crons.interval("other args", { hours: 1 }, tick, { text: "old" });
        crons.interval("other schedule", { hours: 1 }, tick, { text: "same" });
      },
      { store },
    );
    await first.engine.start();
    await first.time.advance(MINUTE_MS);
    await first.engine.close();
    const laterMs = START_MS + 30 * MINUTE_MS;
    const second = open(
      (crons) => {
        crons.interval("kept", { hours: 1 }, tick, { text: "kept" });
        crons.interval("other args", { hours: 1 }, tick, { text: "new" });
        crons.interval("other schedule", { hours: 2 }, tick, { text: "same" });
        crons.hourly("new", { minuteUTC: 59 }, tick, { text: "new one" });
      },
      { store, startMs: laterMs },
    );
    await second.engine.start();
    await second.time.advance(1_000);
    await settle();
    const crons = await rows<CronRow>(second, "_system/test:crons");
    const nextMinutes = Object.fromEntries(
      crons.map(({ name, nextRunMs }) => [name, Math.floor((nextRunMs - START_MS) / MINUTE_MS)]),
    );
    expect(nextMinutes).toEqual({
      kept: 60,
      "other args": 60,
      "other schedule": 150,
      // Minute 59 of the hour that began 30 minutes and 15 seconds before the first start.
      new: expect.toSatisfy((minute: number) => minute === 28 + 60 || minute === 29 + 60),
    });
    const logs = await rows<LogRow>(second, "_system/test:logs");
    expect(logs.filter(({ name }) => name === "gone")).toEqual([]);
    await second.time.advance(61 * MINUTE_MS);
    await settle();
    expect(await second.call("ticks:all")).toEqual(
      expect.arrayContaining(["kept", "gone", "old", "same", "new", "new one"]),
    );
  });

  test("after a long stop runs what is due once", async () => {
    const store = openMemoryStore();
    const register: Register = (crons) =>
      crons.interval("beat", { minutes: 1 }, tick, { text: "b" });
    const first = open(register, { store });
    await first.engine.start();
    await first.time.advance(1);
    await first.engine.close();
    const second = open(register, { store, startMs: START_MS + 100 * MINUTE_MS + 1 });
    await second.engine.start();
    await second.time.advance(0);
    await settle();
    expect(await second.call("ticks:all")).toEqual(["b", "b"]);
    const logs = await rows<LogRow>(second, "_system/test:logs");
    expect(logs.at(-1)?.status).toEqual({ type: "canceled", numCanceled: 99 });
    const [cron] = await rows<CronRow>(second, "_system/test:crons");
    expect(cron?.nextRunMs).toBe(START_MS + 101 * MINUTE_MS);
  });

  test("after the process ended during an action records it as failed and goes on", async () => {
    const store = openMemoryStore();
    const register: Register = (crons) => crons.interval("slow", { minutes: 1 }, act);
    const first = open(register, { store });
    gate = new Promise(() => undefined);
    await first.engine.start();
    await first.time.advance(1);
    await first.engine.close();
    gate = Promise.resolve();
    const second = open(register, { store, startMs: START_MS + 30_000 });
    await second.engine.start();
    await second.time.advance(0);
    await settle();
    const logs = await rows<LogRow>(second, "_system/test:logs");
    expect(logs.map(({ status }) => status)).toEqual([
      { type: "err", error: "Transient error while executing action" },
    ]);
    await second.time.advance(30_000);
    await settle();
    expect(await second.call("ticks:all")).toEqual(["action", "action"]);
  });
});

describe("E10 crons.js is refused", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["no default export", {}, "`convex/crons.js` must have a default export of a Crons object."],
    [
      "another default export",
      { default: {} },
      "The default export of `convex/crons.js` is not a Crons object.",
    ],
    [
      "a function that does not exist",
      { default: declared((crons) => crons.interval("x", { hours: 1 }, missing)) },
      'The cron "x" runs ticks.js:missing, which does not exist.',
    ],
    [
      "a query",
      { default: declared((crons) => crons.interval("x", { hours: 1 }, aQuery)) },
      'The cron "x" runs ticks.js:all, which is a query.',
    ],
    [
      "a wrong expression",
      { default: declared((crons) => crons.cron("x", "* * *", tick, { text: "x" })) },
      "Failed to parse cron expression",
    ],
  ])("with %s", (_what, module, text) => {
    expect(() => openSchedulerEngine({ ticks, crons: module })).toThrow(text);
  });
});

function declared(register: Register): ReturnType<typeof cronJobs> {
  const crons = cronJobs();
  register(crons);
  return crons;
}
