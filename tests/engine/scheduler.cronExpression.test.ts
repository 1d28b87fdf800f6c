import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CronExpression } from "../../src/engine/scheduler/CronExpression.ts";

const MINUTE_MS = 60_000;

function next(expression: string, after: string): string {
  return new Date(new CronExpression(expression).nextAfter(Date.parse(after))).toISOString();
}

describe("E10 a cron expression", () => {
  test.each([
    ["* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00.000Z"],
    ["* * * * *", "2026-01-01T00:00:59.999Z", "2026-01-01T00:01:00.000Z"],
    ["15 7 * * *", "2026-01-01T07:15:00Z", "2026-01-02T07:15:00.000Z"],
    ["*/20 5 * * *", "2026-01-01T05:20:00Z", "2026-01-01T05:40:00.000Z"],
    ["50/5 * * * *", "2026-01-01T05:00:00Z", "2026-01-01T05:50:00.000Z"],
    ["0 22-2 * * *", "2026-01-01T02:00:00Z", "2026-01-01T22:00:00.000Z"],
    ["0 0 1 * *", "2026-01-31T12:00:00Z", "2026-02-01T00:00:00.000Z"],
    ["0 0 31 * *", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00.000Z"],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"],
    ["0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00.000Z"],
    ["0 0 * jan mon-Wed", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00.000Z"],
    ["0 0 * * FRI-SUN", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00.000Z"],
    ["0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00.000Z"],
    ["0 0 13 * 5", "2026-01-10T00:00:00Z", "2026-01-13T00:00:00.000Z"],
    ["0 0 L 2 *", "2028-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["0 0 L-3 * *", "2026-01-01T00:00:00Z", "2026-01-28T00:00:00.000Z"],
    ["0 0 LW * *", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00.000Z"],
    ["0 0 1W 8 *", "2026-01-01T00:00:00Z", "2026-08-03T00:00:00.000Z"],
    ["0 0 15W 2 *", "2026-01-01T00:00:00Z", "2026-02-16T00:00:00.000Z"],
    ["0 0 * * 5L", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00.000Z"],
    ["0 0 * * MON#2", "2026-01-01T00:00:00Z", "2026-01-12T00:00:00.000Z"],
    ["0 0 * 2 1#5", "2026-01-01T00:00:00Z", "2044-02-29T00:00:00.000Z"],
  ])("%s comes after %s at %s", (expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  test.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 7",
    "*/0 * * * *",
    "*/60 * * * *",
    "1-2-3 * * * *",
    "1, * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "* * 1L * *",
    "* * * * 1#6",
    "@daily",
  ])("refuses %j", (expression) => {
    expect(() => new CronExpression(expression)).toThrow("Failed to parse cron expression");
  });

  test.each(["0 0 31 2 *", "0 0 30W 2 *", "0 0 31 4,6,9,11 *"])(
    "refuses %j, which never comes",
    (expression) => {
      expect(() => new CronExpression(expression)).toThrow("will never match any time");
    },
  );

  test("gives the first of all the minutes that match, and nothing in between", () => {
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant(null),
        fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }),
      );
    fc.assert(
      fc.property(
        field(0, 59),
        field(0, 23),
        field(1, 28),
        field(0, 6),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        (minutes, hours, daysOfMonth, daysOfWeek, afterMs) => {
          const text = (values: number[] | null): string => values?.join(",") ?? "*";
          const expression = new CronExpression(
            `${text(minutes)} ${text(hours)} ${text(daysOfMonth)} * ${text(daysOfWeek)}`,
          );
          const matches = (timeMs: number): boolean => {
            const date = new Date(timeMs);
            const isDayOfMonth = daysOfMonth?.includes(date.getUTCDate());
            const isDayOfWeek = daysOfWeek?.includes(date.getUTCDay());
            return (
              (minutes?.includes(date.getUTCMinutes()) ?? true) &&
              (hours?.includes(date.getUTCHours()) ?? true) &&
              (daysOfMonth === null || daysOfWeek === null
                ? (isDayOfMonth ?? true) && (isDayOfWeek ?? true)
                : Boolean(isDayOfMonth) || Boolean(isDayOfWeek))
            );
          };
          let naiveMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
          while (!matches(naiveMs)) {
            naiveMs += MINUTE_MS;
          }
          expect(expression.nextAfter(afterMs)).toBe(naiveMs);
        },
      ),
      { numRuns: 200 },
    );
  });
});
