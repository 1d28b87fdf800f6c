import { EngineError } from "../errors.ts";

/**
 * A five-field cron expression (minute, hour, day of the month, month, day of the week), in UTC.
 *
 * Fields take `*`, values, lists, ranges (which may wrap: `22-2`), steps, and names of months and days in
 * any case. Sunday is 0. A day of the month may be `L` (the last), `L-3`, `LW`, `L-3W` or `15W` (the
 * weekday nearest to the 15th, in the same month); a day of the week `5L` (the last Friday of the month)
 * or `5#2` (the second). When both day fields are restricted, either suffices. This is the grammar of
 * `saffron`, which Convex uses; its wrapping ranges include one value too many, ours do not.
 */
export class CronExpression {
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];
  readonly #months: ReadonlySet<number>;
  readonly #matchesDay: DayTest;

  /** @throws EngineError InvalidCron for what is no expression and for one that no time ever matches */
  constructor(text: string) {
    const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = "", ...rest] =
      text.split(/[ \t]+/);
    if (rest.length > 0) {
      throw invalidCron("Failed to parse cron expression");
    }
    this.#minutes = [...parseValues(minute, MINUTE)].sort(ascending);
    this.#hours = [...parseValues(hour, HOUR)].sort(ascending);
    this.#months = parseValues(month, MONTH);
    const testDayOfMonth = parseDayOfMonth(dayOfMonth);
    const testDayOfWeek = parseDayOfWeek(dayOfWeek);
    this.#matchesDay =
      dayOfMonth === "*"
        ? testDayOfWeek
        : dayOfWeek === "*"
          ? testDayOfMonth
          : (day) => testDayOfMonth(day) || testDayOfWeek(day);
    if (this.#nextDay(0) === null) {
      throw invalidCron(`The cron spec ${JSON.stringify(text)} will never match any time`);
    }
  }

  /** The first matching minute that begins after `afterMs`. Milliseconds since 1970. */
  nextAfter(afterMs: number): number {
    const earliestMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
    const todayMs = Math.floor(earliestMs / DAY_MS) * DAY_MS;
    if (this.#isDay(todayMs)) {
      for (const hour of this.#hours) {
        for (const minute of this.#minutes) {
          const timeMs = todayMs + hour * HOUR_MS + minute * MINUTE_MS;
          if (timeMs >= earliestMs) {
            return timeMs;
          }
        }
      }
    }
    const dayMs = this.#nextDay(todayMs + DAY_MS);
    const [hour = 0] = this.#hours;
    const [minute = 0] = this.#minutes;
    return (dayMs as number) + hour * HOUR_MS + minute * MINUTE_MS;
  }

  /** The first matching day from `fromMs` (a midnight) on, or null when there is none at all. */
  #nextDay(fromMs: number): number | null {
    const endMs = fromMs + CALENDAR_CYCLE_DAYS * DAY_MS;
    for (let dayMs = fromMs; dayMs < endMs; ) {
      const date = new Date(dayMs);
      if (!this.#months.has(date.getUTCMonth() + 1)) {
        dayMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
      } else if (this.#matchesDay(calendarDay(date))) {
        return dayMs;
      } else {
        dayMs += DAY_MS;
      }
    }
    return null;
  }

  #isDay(dayMs: number): boolean {
    const date = new Date(dayMs);
    return this.#months.has(date.getUTCMonth() + 1) && this.#matchesDay(calendarDay(date));
  }
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The Gregorian calendar, days of the week included, repeats after 400 years. */
const CALENDAR_CYCLE_DAYS = 146_097;

interface CalendarDay {
  /** 1 to 31. */
  dayOfMonth: number;
  /** 0, Sunday, to 6. */
  dayOfWeek: number;
  daysInMonth: number;
}

type DayTest = (day: CalendarDay) => boolean;

interface Field {
  min: number;
  max: number;
  /** Three letters each, the first standing for `min`. */
  names: readonly string[];
}

const MINUTE: Field = { min: 0, max: 59, names: [] };
const HOUR: Field = { min: 0, max: 23, names: [] };
const DAY_OF_MONTH: Field = { min: 1, max: 31, names: [] };
const MONTH: Field = {
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const DAY_OF_WEEK: Field = {
  min: 0,
  max: 6,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

function calendarDay(date: Date): CalendarDay {
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0));
  return {
    dayOfMonth: date.getUTCDate(),
    dayOfWeek: date.getUTCDay(),
    daysInMonth: lastOfMonth.getUTCDate(),
  };
}

function parseDayOfMonth(text: string): DayTest {
  const last = /^L(?:-(\d+))?(W)?$/.exec(text);
  if (last !== null) {
    const offset = last[1] === undefined ? 0 : parseNumber(last[1], { min: 1, max: 30, names: [] });
    return last[2] === undefined
      ? ({ dayOfMonth, daysInMonth }) => dayOfMonth === daysInMonth - offset
      : (day) => isNearestWeekday(day, day.daysInMonth - offset);
  }
  const nearest = /^(\d+)W$/.exec(text);
  if (nearest?.[1] !== undefined) {
    const wanted = parseNumber(nearest[1], DAY_OF_MONTH);
    return (day) => isNearestWeekday(day, wanted);
  }
  const values = parseValues(text, DAY_OF_MONTH);
  return ({ dayOfMonth }) => values.has(dayOfMonth);
}

function parseDayOfWeek(text: string): DayTest {
  if (text === "L") {
    return ({ dayOfWeek }) => dayOfWeek === DAY_OF_WEEK.max;
  }
  const special = /^(\w+?)(?:L|#(\d))$/.exec(text);
  if (special?.[1] !== undefined) {
    const wanted = parseNumber(special[1], DAY_OF_WEEK);
    if (special[2] === undefined) {
      return ({ dayOfWeek, dayOfMonth, daysInMonth }) =>
        dayOfWeek === wanted && dayOfMonth + 7 > daysInMonth;
    }
    const nth = parseNumber(special[2], { min: 1, max: 5, names: [] });
    return ({ dayOfWeek, dayOfMonth }) => dayOfWeek === wanted && Math.ceil(dayOfMonth / 7) === nth;
  }
  const values = parseValues(text, DAY_OF_WEEK);
  return ({ dayOfWeek }) => values.has(dayOfWeek);
}

/** Is this the Monday to Friday nearest to the wanted day of its month, without leaving the month? */
function isNearestWeekday(day: CalendarDay, wanted: number): boolean {
  if (wanted < 1 || wanted > day.daysInMonth) {
    return false;
  }
  const dayOfWeek = (((day.dayOfWeek + wanted - day.dayOfMonth) % 7) + 7) % 7;
  if (dayOfWeek === 6) {
    return day.dayOfMonth === (wanted === 1 ? 3 : wanted - 1);
  }
  if (dayOfWeek === 0) {
    return day.dayOfMonth === (wanted === day.daysInMonth ? wanted - 2 : wanted + 1);
  }
  return day.dayOfMonth === wanted;
}

/** The values of a list such as `1,10-20/5,50/2`. */
function parseValues(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [, from = "", to, stepText] = PART.exec(part) ?? [];
    const start = from === "*" ? field.min : parseNumber(from, field);
    const isOpen = from === "*" || stepText !== undefined;
    const end = to === undefined ? (isOpen ? field.max : start) : parseNumber(to, field);
    const step = stepText === undefined ? 1 : parseStep(stepText, field);
    const size = field.max - field.min + 1;
    const length = ((end - start + size) % size) + 1;
    for (let offset = 0; offset < length; offset += step) {
      values.add(field.min + ((start - field.min + offset) % size));
    }
  }
  return values;
}

const PART = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/;

function parseStep(text: string, field: Field): number {
  return parseNumber(text, { min: 1, max: field.max - field.min, names: [] });
}

function parseNumber(text: string, field: Field): number {
  const name = field.names.indexOf(text.toUpperCase());
  const value = name >= 0 ? field.min + name : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max)) {
    throw invalidCron("Failed to parse cron expression");
  }
  return value;
}

function invalidCron(message: string): EngineError {
  return new EngineError("InvalidCron", message);
}

function ascending(a: number, b: number): number {
  return a - b;
}
