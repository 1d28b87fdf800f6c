import {
  actionGeneric as action,
  httpActionGeneric as httpAction,
  httpRouter,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { INSIDER } from "../../src/engine/Engine.ts";
import { FunctionError } from "../../src/engine/errors.ts";
import { createConvexHttpApi } from "../../src/engine/http/convexHttpApi.ts";
import { MAX_LOG_LINE_BYTES, MAX_LOG_LINES } from "../../src/engine/limits.ts";
import type { FunctionReport } from "../../src/engine/runtime/FunctionObserver.ts";
import { inspectValue } from "../../src/engine/runtime/inspectValue.ts";
import { systemRandom } from "../../src/hosts/node/systemPorts.ts";
import { openTestEngine, silentLog } from "../support/testEngine.ts";

const { console: real } = globalThis as unknown as {
  console: Record<string, (...values: unknown[]) => void>;
};
/** The console as functions name it; the linter keeps it from everybody else. */
const logger = () => (globalThis as unknown as { console: typeof real }).console;
const say = (method: string, ...values: unknown[]) => logger()[method]?.(...values);

const inner = makeFunctionReference<"mutation">("logs:inner");

const logs = {
  levels: query(() => {
    say("debug", "d");
    say("info", 1, 2n);
    say("log", "it's", { a: 1 }, [1, "two"]);
    say("warn", null, undefined);
    say("error", new Error("no"));
  }),
  silent: query(() => 1),
  inner: mutation(() => say("log", "inner")),
  outer: mutation(async (ctx) => {
    say("log", "before");
    await ctx.runMutation(inner, {});
    say("log", "after");
  }),
  viaAction: action(async (ctx) => {
    say("log", "action");
    await ctx.runMutation(inner, {});
  }),
  many: query((_, { count }: { count: number }) => {
    for (let i = 0; i < count; i++) {
      say("log", i);
    }
  }),
  long: query((_, { text }: { text: string }) => say("log", text, "rest")),
  failing: query(() => {
    say("log", "so far");
    throw new Error("then it failed");
  }),
  timers: query(() => {
    say("time", "t");
    say("time", "t");
    say("timeLog", "t", "on the way");
    say("timeEnd", "t");
    say("timeEnd", "t");
    say("timeEnd");
  }),
  others: query(() => {
    say("table", [1]);
    say("dir", "x");
    say("count", "secret");
    say("assert", false, "secret");
    say("group", "g");
    say("groupEnd");
  }),
  trace: query(() => say("trace", "here")),
};

const router = httpRouter();
router.route({
  path: "/log",
  method: "GET",
  handler: httpAction(async () => {
    say("log", "http");
    return new Response("ok");
  }),
});

function open() {
  const opened = openTestEngine({ logs, http: { default: router } });
  const { engine } = opened;
  const reports: FunctionReport[] = [];
  engine.onFunctionExecution((report) => reports.push(report));
  return {
    ...opened,
    reports,
    lines: async (path: string, args = {}) =>
      (await engine.call(path, "any", args, INSIDER)).logLines,
  };
}

/** What reached the output of the process. */
let printed: string[] = [];
const { write } = process.stdout;
beforeEach(() => {
  printed = [];
  process.stdout.write = ((chunk: string) => printed.push(chunk) > 0) as typeof write;
});
afterEach(() => {
  process.stdout.write = write;
});

describe("E22 a function's console", () => {
  test("becomes log lines in Convex's words", async () => {
    const { lines } = open();
    expect(await lines("logs:levels")).toEqual([
      "[DEBUG] 'd'",
      "[INFO] 1 2n",
      "[LOG] 'it\\'s' {\n  a: 1\n} [ 1, 'two' ]",
      "[WARN] null undefined",
      "[ERROR] [Error: no]",
    ]);
    expect(printed).toEqual([]);
  });

  test("holds what nested functions wrote, in order", async () => {
    expect(await open().lines("logs:outer")).toEqual([
      "[LOG] 'before'",
      "[LOG] 'inner'",
      "[LOG] 'after'",
    ]);
  });

  test("of an action is its own: what it calls is a run of its own", async () => {
    const { lines, reports } = open();
    expect(await lines("logs:viaAction")).toEqual(["[LOG] 'action'"]);
    expect(reports.map(({ path, calledThrough }) => [path, calledThrough])).toEqual([
      ["logs.js:inner", "Action"],
      ["logs.js:viaAction", "HttpApi"],
    ]);
  });

  test("is kept apart from that of functions which run at the same time", async () => {
    const { lines } = open();
    const both = await Promise.all([lines("logs:viaAction"), lines("logs:outer")]);
    expect(both[0]).toEqual(["[LOG] 'action'"]);
    expect(both[1]).toHaveLength(3);
  });

  test("ends at 256 lines and says so in the last", async () => {
    const { lines } = open();
    expect(await lines("logs:many", { count: MAX_LOG_LINES - 1 })).toHaveLength(255);
    const overflowing = await lines("logs:many", { count: 10_000 });
    expect(overflowing).toHaveLength(MAX_LOG_LINES);
    expect(overflowing.at(-1)).toBe(
      "[ERROR] Log overflow (maximum 256). Remaining log lines omitted.",
    );
  });

  test("is cut at 32,768 bytes a line", async () => {
    const { lines } = open();
    const fits = MAX_LOG_LINE_BYTES - "'' 'rest'".length;
    const [whole] = await lines("logs:long", { text: "x".repeat(fits) });
    expect(whole?.slice(-9)).toBe("x' 'rest'");
    const [cut] = await lines("logs:long", { text: "x".repeat(fits + 1) });
    expect(cut?.slice(-34)).toBe("x' 'rest (truncated due to length)");
    const [wide] = await lines("logs:long", { text: "ü".repeat(MAX_LOG_LINE_BYTES) });
    expect(wide?.match(/ü/g)).toHaveLength((MAX_LOG_LINE_BYTES - 2) / 2);
  });

  test("times what is timed", async () => {
    expect(await open().lines("logs:timers")).toEqual([
      "[WARN] Timer 't' already exists",
      expect.stringMatching(/^\[INFO\] t: \d+ms 'on the way'$/),
      expect.stringMatching(/^\[INFO\] t: \d+ms$/),
      "[WARN] Timer 't' does not exist",
      "[WARN] Timer 'default' does not exist",
    ]);
  });

  test("shows where it was traced from", async () => {
    const [line] = await open().lines("logs:trace");
    expect(line).toMatch(/^\[LOG\] 'here' {5}at .*logs\.test\.ts/);
  });

  test("prints nothing by methods that Convex does not have either", async () => {
    expect(await open().lines("logs:others")).toEqual(["[LOG] [ 1 ]", "[LOG] 'x'", "[LOG] 'g'"]);
    expect(printed).toEqual([]);
  });

  test("comes with the failure", async () => {
    const { engine } = open();
    const error = await engine.call("logs:failing", "any", {}, INSIDER).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(FunctionError);
    expect(error).toMatchObject({ logLines: ["[LOG] 'so far'"] });
  });
});

describe("E22 listeners", () => {
  test("hear how each run ended, with the request id that its caller was told", async () => {
    const { engine, reports } = open();
    const api = createConvexHttpApi({
      engine,
      random: systemRandom,
      log: silentLog,
    } as Parameters<typeof createConvexHttpApi>[0]);
    const response = await api(
      new Request("http://localhost/api/query", {
        method: "POST",
        body: JSON.stringify({ path: "logs:failing", args: {} }),
      }),
    );
    const answer = (await response?.json()) as Record<string, unknown>;
    expect(answer).toMatchObject({ status: "error", logLines: ["[LOG] 'so far'"] });
    const [report] = reports;
    expect(report).toMatchObject({
      path: "logs.js:failing",
      type: "Query",
      calledThrough: "HttpApi",
      error: "Uncaught Error: then it failed",
      logLines: [{ level: "LOG", messages: ["'so far'"], isTruncated: false }],
    });
    expect(answer["errorMessage"]).toContain(`[Request ID: ${report?.requestId}]`);
    expect(Math.abs(Date.now() - (report as FunctionReport).startedAtMs)).toBeLessThan(5_000);
    expect((report as FunctionReport).durationMs).toBeGreaterThanOrEqual(0);
  });

  test("hear of HTTP actions, whose lines nobody else gets", async () => {
    const { engine, reports } = open();
    const response = await engine.handleHttp(new Request("http://localhost/log"), null);
    expect(await response.text()).toBe("ok");
    expect(reports).toMatchObject([
      {
        path: "GET /log",
        type: "HttpAction",
        calledThrough: "HttpEndpoint",
        error: null,
        logLines: [{ messages: ["'http'"] }],
      },
    ]);
    expect(printed).toEqual([]);
  });

  test("hear nothing after they ended it", async () => {
    const { engine, lines } = open();
    const heard: FunctionReport[] = [];
    engine.onFunctionExecution((report) => heard.push(report))();
    await lines("logs:silent");
    expect(heard).toEqual([]);
  });
});

class Plan {
  seats = 1;
}

const circular: Record<string, unknown> = { a: 1 };
circular["self"] = circular;

describe("E22 values", () => {
  test.each<[string, unknown, string]>([
    ["strings", "a'b\\\n\u0001", "'a\\'b\\\\\\n\\x01'"],
    ["negative zero", -0, "-0"],
    ["symbols", Symbol("s"), "Symbol(s)"],
    ["functions", say, "[Function: say]"],
    ["empty things", [[], {}, new Map(), new Set()], "[ [], {}, Map (0) {}, Set (0) {} ]"],
    ["plain objects", { a: 1, "b c": [{}] }, "{\n  a: 1,\n  'b c': [ {} ]\n}"],
    ["arrays of objects", [{ a: 1 }], "[\n  {\n    a: 1\n  }\n]"],
    ["classes", new Plan(), "Plan {\n  seats: 1\n}"],
    ["no prototype", Object.create(null), "[Object: null prototype] {}"],
    ["maps", new Map([["k", 1]]), "Map (1) {\n  'k' => 1\n}"],
    ["circles", circular, "{\n  a: 1,\n  self: [Circular]\n}"],
    ["depths", [[[[[[1]]]]]], "[ [ [ [ [ [Array] ] ] ] ] ]"],
    ["boxes", Object(7), "Object(7)"],
    ["regular expressions", /x/g, "/x/g"],
  ])("of %s are shown as Convex shows them", (_, value, text) => {
    expect(inspectValue(value)).toBe(text);
  });

  test("that throw when looked at are shown as such", () => {
    const throwing = {
      get a() {
        throw new Error("no");
      },
    };
    expect(inspectValue(throwing)).toBe("[a value that cannot be inspected]");
  });

  test("that are huge, or share their parts without end, cost no more than a line", () => {
    let shared: unknown = [1];
    for (let depth = 0; depth < 4; depth++) {
      shared = Array.from({ length: 1_000 }, () => shared);
    }
    const startedAt = process.hrtime.bigint();
    expect(inspectValue(shared).length).toBeLessThan(10 * MAX_LOG_LINE_BYTES);
    inspectValue(Array.from({ length: 1_000_000 }, () => ""));
    expect(Number(process.hrtime.bigint() - startedAt) / 1e6).toBeLessThan(2_000);
  });
});
