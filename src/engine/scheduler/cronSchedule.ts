import { EngineError } from "../errors.ts";
import { CronExpression } from "./CronExpression.ts";

/** When a cron runs, as it is stored. Hours and minutes are UTC; Sunday is day 0. */
export type CronSchedule =
  | { type: "interval"; seconds: number }
  /** `expression` has five fields; `hasMinute` is false when the minute was left to the host. */
  | { type: "calendar"; expression: string; hasMinute: boolean };

/** How far apart the runs of crons with the same schedule are spread, at most. Convex's numbers. */
export const CRON_SPREAD_WITHIN_MINUTE_MS = 60_000;
export const CRON_SPREAD_WITHIN_HOUR_MS = 3_600_000;

/**
 * Reads a schedule as `cronJobs()` of `convex/server` exports it: `interval`, `hourly`, `daily`,
 * `weekly`, `monthly` or `cron`.
 *
 * @throws EngineError InvalidCron with convex-backend's text where it has one
 */
export function parseCronSchedule(json: unknown): CronSchedule {
  const fields = (json ?? {}) as Record<string, unknown>;
  const minute = optionalInteger(fields, "minuteUTC", 0, 59);
  const hour = (): number => integer(fields, "hourUTC", 0, 23);
  switch (fields["type"]) {
    case "interval":
      return { type: "interval", seconds: intervalSeconds(fields) };
    case "hourly":
      return calendar(minute, "* * * *");
    case "daily":
      return calendar(minute, `${hour()} * * *`);
    case "weekly":
      return calendar(minute, `${hour()} * * ${dayOfWeek(fields["dayOfWeek"])}`);
    case "monthly":
      return calendar(minute, `${hour()} ${integer(fields, "day", 1, 31)} * *`);
    case "cron": {
      const expression = String(fields["cron"]);
      new CronExpression(expression);
      return { type: "calendar", expression, hasMinute: true };
    }
    default:
      throw new EngineError("InvalidCron", "Invalid JSON");
  }
}

/**
 * When a cron runs next. Never in the past for calendar schedules; an interval starts at once and then
 * keeps to its own beat, so that a late run is followed by one that is due already.
 *
 * @param previousMs when the last run was due, null before the first
 * @param seed a fixed number of the cron, which decides its place within the minute or hour
 */
export function nextCronRunMs(
  schedule: CronSchedule,
  previousMs: number | null,
  nowMs: number,
  seed: number,
): number {
  if (schedule.type === "interval") {
    return previousMs === null ? nowMs : previousMs + schedule.seconds * 1_000;
  }
  // The offset counts as in effect already: an occurrence that it moves beyond now is still to come.
  const offsetMs = spreadMs(schedule.hasMinute, seed);
  return new CronExpression(schedule.expression).nextAfter(nowMs - offsetMs) + offsetMs;
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

function spreadMs(hasMinute: boolean, seed: number): number {
  const rangeMs = hasMinute ? CRON_SPREAD_WITHIN_MINUTE_MS : CRON_SPREAD_WITHIN_HOUR_MS;
  return (seed % (rangeMs / 1_000)) * 1_000;
}

function calendar(minute: number | null, rest: string): CronSchedule {
  return { type: "calendar", expression: `${minute ?? 0} ${rest}`, hasMinute: minute !== null };
}

function intervalSeconds(fields: Record<string, unknown>): number {
  const given = Object.entries({ seconds: 1, minutes: 60, hours: 3_600 }).filter(
    ([unit]) => fields[unit] !== undefined && fields[unit] !== null,
  );
  const [first, ...others] = given;
  if (first === undefined || others.length > 0) {
    throw new EngineError(
      "InvalidCron",
      "Exactly one of (seconds, minutes, hours) should be specified",
    );
  }
  const [unit, secondsPerUnit] = first;
  const amount = fields[unit];
  if (!Number.isSafeInteger(amount) || (amount as number) <= 0) {
    throw new EngineError("InvalidCron", "Interval must be an integer greater than 0");
  }
  return (amount as number) * secondsPerUnit;
}

function optionalInteger(
  fields: Record<string, unknown>,
  name: string,
  min: number,
  max: number,
): number | null {
  return fields[name] === undefined || fields[name] === null
    ? null
    : integer(fields, name, min, max);
}

function integer(fields: Record<string, unknown>, name: string, min: number, max: number): number {
  const value = fields[name];
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    const label = name === "day" ? "day of month" : name;
    throw new EngineError(
      "InvalidCron",
      `${label} must be ${min}-${max} in ${JSON.stringify(fields, null, 2)}`,
    );
  }
  return value as number;
}

function dayOfWeek(name: unknown): number {
  const day = DAYS.indexOf(String(name));
  if (day < 0) {
    throw new EngineError("InvalidCron", "Invalid JSON");
  }
  return day;
}
