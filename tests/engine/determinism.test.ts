import {
  actionGeneric as action,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { describe, expect, test } from "vitest";
import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import { installFunctionGlobals } from "../../src/engine/runtime/functionGlobals.ts";
import { functionContext } from "../../src/hosts/node/functionContext.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { openTestEngine, testPorts } from "../support/testEngine.ts";

/** Burns real time, measured by a clock that no patch reaches. */
function burn(ms: number): void {
  const startedAt = process.hrtime.bigint();
  while (process.hrtime.bigint() - startedAt < BigInt(ms) * 1_000_000n) {
    Math.sqrt(2);
  }
}

const made = () => new Date();

async function times(): Promise<number[]> {
  const before = [Date.now(), made().getTime(), Date.parse(Date())];
  burn(3);
  await Promise.resolve();
  burn(3);
  return [...before, Date.now(), made().getTime(), Date.parse(Date())];
}

const draws = () => [Math.random(), Math.random(), Math.random()];
const nested = makeFunctionReference<"query">("time:random");
const nestedMutation = makeFunctionReference<"mutation">("time:inMutation");

const time = {
  inQuery: query(times),
  inMutation: mutation(times),
  inAction: action(times),
  random: query(draws),
  randomTwice: mutation(async (ctx) => [draws(), await ctx.runQuery(nested, {})]),
  fetch: query(() => fetch("http://127.0.0.1:1/")),
  timeout: mutation(() => setTimeout(() => undefined, 1)),
  interval: mutation(() => setInterval(() => undefined, 1)),
  immediate: query(() => setImmediate(() => undefined)),
  key: mutation(() => crypto.subtle.generateKey("Ed25519", true, ["sign"])),
  performanceInQuery: query(() => {
    const before = performance.now();
    burn(3);
    return performance.now() - before;
  }),
  performanceInMutation: mutation(() => {
    const before = performance.now();
    burn(3);
    return performance.now() - before;
  }),
  secrets: mutation(() => [
    crypto.randomUUID(),
    [...crypto.getRandomValues(new Uint8Array(4))].join(),
  ]),
  dates: query(() => [
    new Date(0).toISOString(),
    new Date(2020, 1, 2) instanceof Date,
    new Date().constructor === Date,
    Date.name,
    Date.length,
    Date.UTC(2020, 0),
    new (class extends Date {
      double() {
        return this.getTime() * 2;
      }
    })(7).double(),
  ]),
  digest: mutation(async () => {
    const bytes = new TextEncoder().encode("abc");
    const first = await crypto.subtle.digest("SHA-256", bytes);
    const again = await crypto.subtle.digest("SHA-256", first);
    return new Uint8Array(again).length;
  }),
  slowDigest: mutation(async (ctx) => {
    await ctx.db.insert("slow", {});
    const password = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, [
      "deriveBits",
    ]);
    const parameters = { name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8) };
    await crypto.subtle.deriveBits({ ...parameters, iterations: 5_000_000 }, password, 512);
  }),
  count: query(async (ctx) => (await ctx.db.query("slow").collect()).length),
  actionEverything: action(async (ctx) => {
    const startedAt = Date.now();
    const immediate = await new Promise((resolve) => setImmediate(() => resolve("turn")));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await ctx.runMutation(nestedMutation, {});
    const refused = await fetch("http://127.0.0.1:1/").catch((error: Error) => error.message);
    return { immediate, advanced: Date.now() > startedAt, refused };
  }),
};

const open = () => openTestEngine({ time });

async function message(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => expect.fail("it succeeded"),
    (error: Error) => error.message,
  );
}

function refusal(name: string): string {
  return `Uncaught Error: Can't use ${name} in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.`;
}

describe("E21 time", () => {
  test.each(["time:inQuery", "time:inMutation"])("stands still in %s", async (path) => {
    const [now, made, text, ...later] = (await open().call(path)) as number[];
    expect(Math.abs(Date.now() - (now as number))).toBeLessThan(5_000);
    expect([made, ...later]).toEqual([now, now, now, text]);
    expect(text).toBe(Math.floor((now as number) / 1_000) * 1_000);
  });

  test("goes on in actions, and outside of functions while one runs", async () => {
    const { call } = open();
    const found = (await call("time:inAction")) as number[];
    expect(found[3] as number).toBeGreaterThan(found[0] as number);
  });

  test("is the same for what a function calls in its transaction", async () => {
    const caller = mutation(async (ctx) => {
      const own = Date.now();
      burn(3);
      return [own, ((await ctx.runMutation(nestedMutation, {})) as number[])[0]];
    });
    const { call } = openTestEngine({ time, caller: { caller } });
    const [own, inside] = (await call("caller:caller")) as number[];
    expect(inside).toBe(own);
  });

  test("of performance.now stands still in queries and goes on in mutations", async () => {
    const { call } = open();
    expect(await call("time:performanceInQuery")).toBe(0);
    expect(await call("time:performanceInMutation")).toBeGreaterThanOrEqual(3);
  });

  test("leaves dates as they are otherwise", async () => {
    expect(await open().call("time:dates")).toEqual([
      "1970-01-01T00:00:00.000Z",
      true,
      true,
      "Date",
      7,
      1577836800000,
      14,
    ]);
    expect(new Date()).toBeInstanceOf(Date);
    expect(Date()).toBe(new Date(Date.parse(Date())).toString());
  });
});

describe("E21 random numbers", () => {
  /** An engine whose randomness counts up from `start`. */
  function seeded(start: number): Engine {
    let next = start;
    const random = {
      fill: (bytes: Uint8Array) => bytes.map((_, i) => (bytes[i] = next++ % 256)) as Uint8Array,
    };
    const modules = new Map([["time.js", time]]);
    return new Engine({ ...testPorts(), store: openMemoryStore(), modules, random });
  }

  async function drawn(engine: Engine, path = "time:random"): Promise<unknown> {
    return JSON.parse((await engine.call(path, "any", {}, INSIDER)).valueText);
  }

  test("follow from the seed of the run alone", async () => {
    const [a, b, c] = [await drawn(seeded(1)), await drawn(seeded(1)), await drawn(seeded(2))];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(await drawn(seeded(1), "time:secrets")).toEqual(await drawn(seeded(1), "time:secrets"));
  });

  test("differ from run to run, and within one", async () => {
    const engine = seeded(1);
    const [own, inside] = (await drawn(engine, "time:randomTwice")) as number[][];
    expect(new Set([own, inside, await drawn(engine), await drawn(engine)].flat()).size).toBe(12);
  });

  test("lie in [0, 1) and spread over it", async () => {
    const many = query(() => {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let i = 0; i < 10_000; i++) {
        const tenth = Math.floor(Math.random() * 10);
        tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
      }
      return tenths;
    });
    const tenths = (await openTestEngine({ many: { many } }).call("many:many")) as number[];
    expect(tenths).toHaveLength(10);
    for (const count of tenths) {
      expect(Math.abs(count - 1_000)).toBeLessThan(200);
    }
  });

  test("of crypto have the right form", async () => {
    const [uuid, bytes] = (await open().call("time:secrets")) as string[];
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(bytes).toMatch(/^\d+,\d+,\d+,\d+$/);
  });
});

describe("E21 what a query or mutation may not", () => {
  test.each([
    ["time:fetch", "fetch()"],
    ["time:timeout", "setTimeout"],
    ["time:interval", "setInterval"],
    ["time:immediate", "setImmediate"],
    ["time:key", "cryptographic randomness"],
  ])("%s is refused with Convex's text about %s", async (path, name) => {
    expect(await message(open().call(path))).toBe(refusal(name));
  });

  test("is open to actions, also while they call mutations", async () => {
    expect(await open().call("time:actionEverything")).toEqual({
      immediate: "turn",
      advanced: true,
      refused: "fetch failed",
    });
  });
});

describe("E21 crypto.subtle", () => {
  test("may be awaited in a mutation", async () => {
    expect(await open().call("time:digest")).toBe(32);
  });

  test("is given up after its bound: the mutation fails and leaves nothing, the next one runs", async () => {
    const { call } = open();
    const slow = message(call("time:slowDigest"));
    const next = call("time:count");
    expect(await slow).toBe("Function execution timed out (maximum duration: 1s)");
    expect(await next).toBe(0);
  });
});

describe("the patched globals", () => {
  test("are put back when asked", () => {
    const { Date: outer, fetch: outerFetch } = globalThis;
    const { random } = Math;
    const fake = { Date: class extends outer {}, fetch: async () => new Response() };
    Object.assign(globalThis, fake);
    Math.random = () => 0.5;
    const restore = installFunctionGlobals(() => null);
    expect(globalThis.fetch).not.toBe(fake.fetch);
    expect(Math.random()).toBe(0.5);
    restore();
    expect(globalThis.Date).toBe(fake.Date);
    expect(globalThis.fetch).toBe(fake.fetch);
    Object.assign(globalThis, { Date: outer, fetch: outerFetch });
    Math.random = random;
  });

  test("are patched once, however many engines there are", () => {
    open();
    const { Date: patched, setTimeout: timer } = globalThis;
    open();
    expect(globalThis.Date).toBe(patched);
    expect(globalThis.setTimeout).toBe(timer);
    expect(functionContext.getStore()).toBeUndefined();
  });
});
