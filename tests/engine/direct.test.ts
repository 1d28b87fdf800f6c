import {
  httpActionGeneric as httpAction,
  httpRouter,
  internalActionGeneric as internalAction,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
} from "convex/server";
import { ConvexError, convexToJson, jsonToConvex, type Value } from "convex/values";
import { describe, expect, it } from "vitest";
import { NOT_SIMPLE, simpleCopy } from "../../src/engine/values/simpleCopy.ts";
import { openTestEngine } from "../support/testEngine.ts";

/** Takes wrong arguments, too. */
interface Db {
  get(...args: unknown[]): Promise<{ _id: string; _creationTime: number; list?: unknown[] }>;
  insert(...args: unknown[]): Promise<string>;
  patch(...args: unknown[]): Promise<void>;
  replace(...args: unknown[]): Promise<void>;
  delete(...args: unknown[]): Promise<void>;
  query(table: string): Query;
}

interface Query {
  order(order: string): Query;
  limit(count: unknown): Query;
  collect(): Promise<unknown[]>;
  first(): Promise<unknown>;
}

/** Runs the same code twice: as a registered function, and as one without a handler to call. */
async function bothWays(run: (ctx: { db: Db }) => unknown): Promise<[unknown, unknown]> {
  const outcome = async (hidesHandler: boolean): Promise<unknown> => {
    const registered = internalMutation({ handler: (ctx) => run(ctx as never) });
    if (hidesHandler) {
      Object.assign(registered, { _handler: undefined });
    }
    const { call } = openTestEngine({ m: { f: registered } });
    try {
      return await call("m:f");
    } catch (error) {
      return (error as Error).message.replaceAll(/[0-9a-z]{32}/g, "ID");
    }
  };
  return [await outcome(false), await outcome(true)];
}

describe("a ctx.db without JSON does what the package's does", () => {
  const cases: Record<string, (ctx: { db: Db }) => unknown> = {
    "what was read may be changed": async ({ db }) => {
      const id = await db.insert("t", { list: [1, { deep: true }] });
      const first = await db.get(id);
      first.list?.push("mine");
      const second = await db.get(id);
      return [first.list, second.list];
    },
    "what was written may be changed": async ({ db }) => {
      const value = { list: [1] };
      const id = await db.insert("t", value);
      value.list.push(2);
      return (await db.get(id)).list;
    },
    "fields come in the order of their names": async ({ db }) => {
      const id = await db.insert("t", { z: 1, a: 2, B: 3, hidden: undefined });
      await db.patch(id, { m: 4, z: undefined });
      return Object.keys(await db.get(id));
    },
    "an undefined field is dropped, and deletes in a patch": async ({ db }) => {
      const id = await db.insert("t", { kept: 1, gone: undefined });
      await db.patch("t", id, { kept: undefined, added: null });
      const { _id, _creationTime, ...rest } = await db.get("t", id);
      return rest;
    },
    "special values survive": async ({ db }) => {
      const special = { a: -0, b: Number.NaN, c: 7n, d: new Uint8Array([1, 2]).buffer };
      const id = await db.insert("t", special);
      const { _id, _creationTime, ...rest } = await db.get(id);
      return rest;
    },
    "an unsupported value": ({ db }) => db.insert("t", { when: new Date(0) }),
    "a bad field name": ({ db }) => db.insert("t", { $a: 1 }),
    "a missing id": ({ db }) => db.get(undefined),
    "an id that is none": ({ db }) => db.patch("nothing", { a: 1 }),
    "an id of another table": async ({ db }) => {
      const id = await db.insert("t", {});
      return await db.get("other", id);
    },
    "a document that is gone": async ({ db }) => {
      const id = await db.insert("t", {});
      await db.delete(id);
      await db.replace(id, {});
    },
    "a system table": ({ db }) => db.insert("_storage", {}),
    "limits that are no numbers": async ({ db }) => {
      await db.insert("t", {});
      const limited = (count: unknown) => db.query("t").limit(count).collect();
      return [(await limited(Number.NaN)).length, (await limited(2.5)).length];
    },
    "a query that is used twice": async ({ db }) => {
      const ordered = db.query("t").order("desc");
      await ordered.first();
      await ordered.first();
    },
  };

  it.each(Object.entries(cases))("%s", async (_, run) => {
    const [direct, throughJson] = await bothWays(run);
    expect(direct).toEqual(throughJson);
    expect(direct).toBeDefined();
  });
});

/** Takes wrong arguments, too. */
interface HttpCtx {
  runQuery(...args: unknown[]): Promise<unknown>;
  runMutation(...args: unknown[]): Promise<unknown>;
  runAction(...args: unknown[]): Promise<unknown>;
}

const called = {
  given: internalQuery({ handler: (_, args) => args }),
  keep: internalMutation({
    handler: async ({ db }, args) => {
      const id = await db.insert("t", args as never);
      const { _id, _creationTime, ...kept } = (await db.get(id)) ?? {};
      return kept;
    },
  }),
  change: internalAction({
    handler: (_, args) => {
      (args as { list: unknown[] }).list.push("mine");
      return args;
    },
  }),
  fails: internalMutation({
    handler: () => {
      throw new Error("no");
    },
  }),
  refuses: internalMutation({
    handler: () => {
      throw new ConvexError({ code: "no", at: 7n });
    },
  }),
};

describe("an HTTP action that calls without JSON does what the package's does", () => {
  const cases: Record<string, (ctx: HttpCtx) => unknown> = {
    "arguments come in the order of their names": (ctx) =>
      ctx.runMutation("c:keep", { z: 1, a: { b: [null, true] }, gone: undefined }),
    "what was given is not changed": async (ctx) => {
      const given = { list: [1] };
      return [await ctx.runAction("c:change", given), given];
    },
    "special values survive": (ctx) => ctx.runQuery("c:given", { a: -0, b: 7n, c: Number.NaN }),
    "no arguments": (ctx) => ctx.runQuery("c:given"),
    "arguments that are none": (ctx) => ctx.runQuery("c:given", ["a"]),
    "a value that is none": (ctx) => ctx.runMutation("c:keep", { when: new Date(0) }),
    "arguments that are too long": (ctx) =>
      ctx.runQuery("c:given", { a: Array.from({ length: 8_193 }, () => 0) }),
    "a function that is not there": (ctx) => ctx.runQuery("c:missing", {}),
    "a function of another type": (ctx) => ctx.runMutation("c:given", {}),
    "a reference that is none": (ctx) => ctx.runQuery({}, {}),
    "a function that fails": (ctx) => ctx.runMutation("c:fails", {}),
    "a function that refuses": (ctx) => ctx.runMutation("c:refuses", {}),
  };

  async function outcome(run: (ctx: HttpCtx) => unknown, hidesHandler: boolean): Promise<unknown> {
    let seen: unknown;
    const handler = httpAction(async (ctx) => {
      try {
        seen = await run(ctx as never);
      } catch (error) {
        const { name, message, data } = error as ConvexError<Value>;
        seen = { name, message: message.replaceAll(/[0-9a-f]{16}/g, "RUN"), data };
      }
      return new Response();
    });
    if (hidesHandler) {
      Object.assign(handler, { _handler: undefined });
    }
    const router = httpRouter();
    router.route({ path: "/", method: "GET", handler });
    const { engine } = openTestEngine({ c: called, http: { default: router } });
    await engine.handleHttp(new Request("http://localhost/"), null);
    return seen;
  }

  it.each(Object.entries(cases))("%s", async (_, run) => {
    const direct = await outcome(run, false);
    expect(direct).toEqual(await outcome(run, true));
    expect(direct).toBeDefined();
  });
});

describe("a simple copy", () => {
  it.each<[string, Value]>([
    ["scalars", { a: "x", b: true, c: null, d: 1.5 }],
    ["nested values", { a: [{ b: [[]] }], z: {}, B: 1 }],
  ])("of %s is what JSON would bring", (_, value) => {
    const copy = simpleCopy(value);
    expect(copy).not.toBe(value);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(jsonToConvex(convexToJson(value))));
  });

  it.each<[string, unknown]>([
    ["minus zero", -0],
    ["a bigint", [1n]],
    ["bytes", new ArrayBuffer(1)],
    ["undefined in a list", [undefined]],
    ["a reserved name", { $a: 1 }],
    ["the name of a prototype", JSON.parse('{"__proto__":{}}')],
    ["an object of a class", new Date(0)],
  ])("is not made of %s", (_, value) => {
    expect(simpleCopy(value)).toBe(NOT_SIMPLE);
  });

  it("is not made of a value that holds itself", () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(simpleCopy(ring)).toBe(NOT_SIMPLE);
  });
});
