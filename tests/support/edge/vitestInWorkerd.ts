/** As much of Vitest as the contract of stores uses, for where Vitest does not run. */

interface Collected {
  name: string;
  run(): void | Promise<void>;
}

const collected: Collected[] = [];
let group = "";

export function describe(name: string, define: () => void): void {
  group = name;
  define();
  group = "";
}

export function test(name: string, run: Collected["run"]): void {
  collected.push({ name: `${group} ${name}`, run });
}

test.each =
  <Row extends unknown[]>(rows: Row[]) =>
  (name: string, run: (...row: Row) => void | Promise<void>): void => {
    for (const row of rows) {
      test(name.replace("%s", String(row[0])), () => run(...row));
    }
  };

/** Runs everything that was defined, one after another. @returns what went wrong with each, or null */
export async function runCollected(): Promise<{ name: string; failure: string | null }[]> {
  const results: { name: string; failure: string | null }[] = [];
  for (const { name, run } of collected) {
    try {
      await run();
      results.push({ name, failure: null });
    } catch (error) {
      results.push({ name, failure: String(error) });
    }
  }
  return results;
}

class Any {
  readonly type: new (
    ...args: never[]
  ) => unknown;
  constructor(type: new (...args: never[]) => unknown) {
    this.type = type;
  }
}

export function expect(actual: unknown) {
  const check = (holds: boolean, what: string): void => {
    if (!holds) {
      throw new Error(`expected ${show(actual)} ${what}`);
    }
  };
  return {
    toBe: (wanted: unknown) => check(Object.is(actual, wanted), `to be ${show(wanted)}`),
    toEqual: (wanted: unknown) => check(isLike(actual, wanted, true), `to equal ${show(wanted)}`),
    toMatchObject: (wanted: unknown) =>
      check(isLike(actual, wanted, false), `to match ${show(wanted)}`),
    toBeInstanceOf: (type: new (...args: never[]) => unknown) =>
      check(actual instanceof type, `to be a ${type.name}`),
    toThrow: (wanted: unknown) => {
      const thrown = thrownBy(actual as () => unknown);
      check(thrown !== null && isThrown(thrown.error, wanted), `to throw ${show(wanted)}`);
    },
  };
}

expect.any = (type: new (...args: never[]) => unknown): Any => new Any(type);

function thrownBy(run: () => unknown): { error: unknown } | null {
  try {
    run();
    return null;
  } catch (error) {
    return { error };
  }
}

function isThrown(error: unknown, wanted: unknown): boolean {
  if (typeof wanted === "string") {
    return error instanceof Error && error.message.includes(wanted);
  }
  return typeof wanted === "function" ? error instanceof wanted : error === wanted;
}

function isLike(actual: unknown, wanted: unknown, isExact: boolean): boolean {
  if (wanted instanceof Any) {
    return actual instanceof wanted.type;
  }
  if (typeof wanted !== "object" || wanted === null || typeof actual !== "object" || !actual) {
    return Object.is(actual, wanted);
  }
  const keys = Object.keys(wanted);
  return (
    (!isExact || Object.keys(actual).length === keys.length) &&
    Array.isArray(actual) === Array.isArray(wanted) &&
    keys.every((key) =>
      isLike((actual as Record<string, unknown>)[key], (wanted as never)[key], isExact),
    )
  );
}

function show(value: unknown): string {
  return typeof value === "function" ? value.name : (JSON.stringify(value) ?? String(value));
}
