import { cronJobs, makeFunctionReference } from "convex/server";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CronSchedule,
  nextCronRunMs,
  parseCronSchedule,
} from "../../src/engine/scheduler/cronSchedule.ts";

const target = makeFunctionReference<"mutation">("plans:tick");

/** The schedule that `cronJobs()` exports after one call. */
function schedule(register: (crons: ReturnType<typeof cronJobs>) => void): CronSchedule {
  const crons = cronJobs();
  register(crons);
  const [exported] = Object.values(
    JSON.parse((crons as unknown as { export(): string }).export()) as Record<
      string,
      { schedule: unknown }
    >,
  );
  return parseCronSchedule(exported?.schedule);
}

function firstRun(parsed: CronSchedule, now: string, seed = 0): string {
  return new Date(nextCronRunMs(parsed, null, Date.parse(now), seed)).toISOString();
}

const NOW = "2026-01-01T10:30:15Z";

describe("E10 the helpers of cronJobs()", () => {
  test.each<[string, (crons: ReturnType<typeof cronJobs>) => void, string]>([
    ["interval", (c) => c.interval("x", { minutes: 5 }, target), "2026-01-01T10:30:15.000Z"],
    ["hourly", (c) => c.hourly("x", { minuteUTC: 10 }, target), "2026-01-01T11:10:00.000Z"],
    [
      "daily",
      (c) => c.daily("x", { hourUTC: 9, minuteUTC: 5 }, target),
      "2026-01-02T09:05:00.000Z",
    ],
    [
      "weekly",
      (c) => c.weekly("x", { dayOfWeek: "sunday", hourUTC: 1, minuteUTC: 2 }, target),
      "2026-01-04T01:02:00.000Z",
    ],
    [
      "monthly",
      (c) => c.monthly("x", { day: 31, hourUTC: 0, minuteUTC: 0 }, target),
      "2026-01-31T00:00:00.000Z",
    ],
    ["cron", (c) => c.cron("x", "0 12 * * 1", target), "2026-01-05T12:00:00.000Z"],
  ])("%s first runs when it should", (_name, register, expected) => {
    expect(firstRun(schedule(register), NOW)).toBe(expected);
  });

  test("spread runs within the minute, and within the hour when no minute was given", () => {
    const pinned = schedule((c) => c.daily("x", { hourUTC: 12, minuteUTC: 0 }, target));
    const open = schedule((c) => c.daily("x", { hourUTC: 12 }, target));
    expect(firstRun(pinned, NOW, 61)).toBe("2026-01-01T12:00:01.000Z");
    expect(firstRun(open, NOW, 1_861)).toBe("2026-01-01T12:31:01.000Z");
  });

  test.each([
    [{ type: "interval" }, "Exactly one of (seconds, minutes, hours) should be specified"],
    [{ type: "interval", seconds: 1, hours: 1 }, "Exactly one of (seconds, minutes, hours)"],
    [{ type: "interval", seconds: 0 }, "Interval must be an integer greater than 0"],
    [{ type: "hourly", minuteUTC: 60 }, "minuteUTC must be 0-59 in "],
    [{ type: "daily", hourUTC: 24 }, "hourUTC must be 0-23 in "],
    [{ type: "monthly", hourUTC: 0, day: 32 }, "day of month must be 1-31 in "],
    [{ type: "weekly", hourUTC: 0, dayOfWeek: "someday" }, "Invalid JSON"],
    [{ type: "cron", cron: "nope" }, "Failed to parse cron expression"],
    [{ type: "yearly" }, "Invalid JSON"],
    [null, "Invalid JSON"],
  ])("refuse %j", (json, text) => {
    expect(() => parseCronSchedule(json)).toThrow(text);
  });
});

describe("E10 the next run", () => {
  const anySchedule = fc.oneof(
    fc.integer({ min: 0, max: 59 }).map((minute) => ({ type: "hourly", minuteUTC: minute })),
    fc.constant({ type: "hourly" }),
    fc.integer({ min: 0, max: 23 }).map((hour) => ({ type: "daily", hourUTC: hour })),
    fc.constant({ type: "cron", cron: "*/7 3 * * 1-5" }),
  );
  const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 });
  const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test("of a calendar schedule is after now, and stays the next one until it has come", () => {
    fc.assert(
      fc.property(anySchedule, anyTime, anySeed, (json, nowMs, seed) => {
        const parsed = parseCronSchedule(json);
        const nextMs = nextCronRunMs(parsed, null, nowMs, seed);
        expect(nextMs).toBeGreaterThan(nowMs);
        const between = nowMs + Math.floor((nextMs - nowMs) / 2);
        expect(nextCronRunMs(parsed, null, between, seed)).toBe(nextMs);
        expect(nextCronRunMs(parsed, null, nextMs, seed)).toBeGreaterThan(nextMs);
      }),
    );
  });

  test("of an interval keeps to the beat of the first, however late it ran", () => {
    const parsed = parseCronSchedule({ type: "interval", seconds: 30 });
    expect(nextCronRunMs(parsed, null, 5, 0)).toBe(5);
    expect(nextCronRunMs(parsed, 5, 999_999, 0)).toBe(30_005);
  });
});
