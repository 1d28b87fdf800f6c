import { actionGeneric, queryGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import { ExecutionLog } from "../../src/engine/admin/ExecutionLog.ts";
import { LOG_POLL_MS, MAX_LOG_POLLS, MAX_LOGGED_EXECUTIONS } from "../../src/engine/limits.ts";
import type { FunctionReport } from "../../src/engine/runtime/FunctionObserver.ts";
import { openTestEngine } from "../support/testEngine.ts";

/** A clock that stands still and a timer that is rung by hand. */
function openLog(nowMs = 1_000) {
  const time = { nowMs };
  const alarms = new Map<() => void, number>();
  const log = new ExecutionLog(
    { nowMs: () => time.nowMs },
    {
      nextTurn: () => () => undefined,
      after: (delayMs, callback) => {
        alarms.set(callback, delayMs);
        return () => alarms.delete(callback);
      },
    },
  );
  return { log, time, alarms };
}

function report(path: string, text = ""): FunctionReport {
  return {
    path,
    type: "Query",
    calledThrough: "HttpApi",
    requestId: "0123456789abcdef",
    startedAtMs: 1_000,
    durationMs: 500,
    error: null,
    returnedCharacters: 4,
    logLines: [{ level: "LOG", messages: [text], isTruncated: false, timestamp: 1_000 }],
  };
}

const never = new AbortController().signal;

function identifiers({ entries }: { entries: object[] }): string[] {
  return (entries as { identifier: string }[]).map(({ identifier }) => identifier);
}

describe("E11 the log of executions", () => {
  test("tells everything once, in order, from cursor to cursor", async () => {
    const { log } = openLog();
    log.add(report("a.js:one"));
    log.add(report("a.js:two"));
    const first = await log.poll(0, never);
    expect(identifiers(first)).toEqual(["a:one", "a:two"]);
    log.add(report("a.js:three"));
    const second = await log.poll(first.newCursor, never);
    expect(identifiers(second)).toEqual(["a:three"]);
  });

  test("answers the first question at once, so that what comes next is new", async () => {
    const { log } = openLog();
    const { entries, newCursor } = await log.poll(0, never);
    expect(entries).toEqual([]);
    log.add(report("a.js:one"));
    expect(identifiers(await log.poll(newCursor, never))).toEqual(["a:one"]);
  });

  test("lets those wait who know everything, until something comes", async () => {
    const { log, alarms } = openLog();
    const { newCursor } = await log.poll(0, never);
    const waiting = Promise.all([log.poll(newCursor, never), log.poll(newCursor, never)]);
    await Promise.resolve();
    expect([...alarms.values()]).toEqual([LOG_POLL_MS, LOG_POLL_MS]);
    log.add(report("a.js:one"));
    expect((await waiting).map(identifiers)).toEqual([["a:one"], ["a:one"]]);
    expect(alarms.size).toBe(0);
  });

  test.each<[string, (opened: ReturnType<typeof openLog>, leave: AbortController) => void]>([
    ["after a minute", ({ alarms }) => [...alarms.keys()][0]?.()],
    ["when they leave", (_, leave) => leave.abort()],
    ["when the host stops", ({ log }) => log.close()],
  ])("answers those who wait %s, with nothing and their own cursor", async (_, happen) => {
    const opened = openLog();
    const { newCursor } = await opened.log.poll(0, never);
    const leave = new AbortController();
    const waiting = opened.log.poll(newCursor, leave.signal);
    await Promise.resolve();
    happen(opened, leave);
    expect(await waiting).toEqual({ entries: [], newCursor });
  });

  test("is bounded in entries, in characters and in those who wait", async () => {
    const { log } = openLog();
    for (let i = 0; i < MAX_LOGGED_EXECUTIONS + 5; i++) {
      log.add(report(`a.js:f${i}`));
    }
    const all = await log.poll(0, never);
    expect(all.entries).toHaveLength(MAX_LOGGED_EXECUTIONS);
    expect(identifiers(all)[0]).toBe("a:f5");
    for (let i = 0; i < 9; i++) {
      log.add(report(`a.js:big${i}`, "x".repeat(500_000)));
    }
    const big = await log.poll(0, never);
    expect(identifiers(big)[0]).toBe("a:big1");
    const polls = Array.from({ length: MAX_LOG_POLLS }, () => log.poll(big.newCursor, never));
    await expect(log.poll(big.newCursor, never)).rejects.toMatchObject({
      code: "TooManyConcurrentRequests",
    });
    log.close();
    await Promise.all(polls);
  });

  test("goes on with a cursor of an earlier process whose clock was ahead", async () => {
    const { log } = openLog();
    const waiting = log.poll(9_999_999, never);
    await Promise.resolve();
    log.add(report("a.js:one"));
    expect(identifiers(await waiting)).toEqual(["a:one"]);
  });

  test("holds what functions wrote, their errors and their times, in Convex's shape", async () => {
    const { call, engine } = openTestEngine({
      talk: {
        ok: queryGeneric(() => {
          // biome-ignore lint/suspicious/noConsole: what a function writes is what is tested
          console.log("hello", 1);
          return 7;
        }),
        bad: actionGeneric(() => {
          throw new Error("not today");
        }),
      },
    });
    await call("talk:ok");
    await expect(call("talk:bad")).rejects.toThrow();
    await call("_system/cli/modules:apiSpec");
    const { entries } = await engine.executionLog.poll(0, never);
    expect(entries).toEqual([
      expect.objectContaining({
        kind: "Completion",
        udfType: "Query",
        identifier: "talk:ok",
        logLines: [expect.objectContaining({ level: "LOG", messages: ["'hello'", "1"] })],
        error: null,
        returnBytes: 1,
        requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
      expect.objectContaining({
        udfType: "Action",
        identifier: "talk:bad",
        error: "Uncaught Error: not today",
      }),
    ]);
    const [{ timestamp, executionTime }] = entries as [
      { timestamp: number; executionTime: number },
    ];
    expect(Math.abs(timestamp - Date.now() / 1_000)).toBeLessThan(10);
    expect(executionTime).toBeLessThan(1);
  });
});
