import { setTimeout as hostDelay } from "node:timers/promises";
import {
  actionGeneric as action,
  anyApi as api,
  defineSchema,
  defineTable,
  httpActionGeneric as httpAction,
  httpRouter,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import { describe, expect, test } from "vitest";
import { FunctionError } from "../../src/engine/errors.ts";
import { openTestEngine } from "../support/testEngine.ts";

const schema = defineSchema({
  plans: defineTable({
    owner: v.string(),
    seats: v.number(),
    note: v.optional(v.string()),
  })
    .index("by_owner", ["owner"])
    .index("by_seats_and_owner", ["seats", "owner"]),
});

const plans = {
  insert: mutation({
    args: { owner: v.string(), seats: v.number() },
    returns: v.id("plans"),
    handler: (ctx, args) => ctx.db.insert("plans", args),
  }),
  get: query({ args: { id: v.id("plans") }, handler: (ctx, { id }) => ctx.db.get(id) }),
  byOwner: query({
    args: { owner: v.string() },
    handler: (ctx, { owner }) =>
      ctx.db
        .query("plans")
        .withIndex("by_owner", (q) => q.eq("owner", owner))
        .collect(),
  }),
  seatsBetween: query({
    args: { from: v.number(), to: v.number(), descending: v.boolean() },
    handler: async (ctx, { from, to, descending }) => {
      const found = await ctx.db
        .query("plans")
        .withIndex("by_seats_and_owner", (q) => q.gte("seats", from).lt("seats", to))
        .order(descending ? "desc" : "asc")
        .collect();
      return found.map((plan) => `${plan["seats"]}${plan["owner"]}`);
    },
  }),
  page: query({
    args: { paginationOpts: v.any() },
    handler: (ctx, { paginationOpts }) =>
      ctx.db
        .query("plans")
        .filter((q) => q.neq(q.field("owner"), "hidden"))
        .paginate(paginationOpts),
  }),
  uniqueByOwner: query({
    args: { owner: v.string() },
    handler: (ctx, { owner }) =>
      ctx.db
        .query("plans")
        .withIndex("by_owner", (q) => q.eq("owner", owner))
        .unique(),
  }),
  ownWrites: mutation({
    args: {},
    handler: async (ctx) => {
      const id = await ctx.db.insert("plans", { owner: "own", seats: 1 });
      await ctx.db.patch(id, { seats: 5, note: "patched" });
      const ranged = await ctx.db
        .query("plans")
        .withIndex("by_seats_and_owner", (q) => q.eq("seats", 5))
        .collect();
      await ctx.db.patch(id, { note: undefined });
      const patched = await ctx.db.get(id);
      await ctx.db.delete(id);
      return { ranged: ranged.length, patched, after: await ctx.db.get(id) };
    },
  }),
  outer: mutation({
    args: { failInner: v.boolean(), failOuter: v.boolean() },
    handler: async (ctx, { failInner, failOuter }) => {
      await ctx.db.insert("plans", { owner: "outer", seats: 1 });
      let caught: string | null = null;
      try {
        await ctx.runMutation(api["plans"]?.["inner"] as never, { fail: failInner } as never);
      } catch (error) {
        caught = (error as Error).message;
      }
      if (failOuter) {
        throw new Error("outer failed");
      }
      const owners = await ctx.db.query("plans").collect();
      return { caught, owners: owners.map((plan) => plan["owner"]) };
    },
  }),
  inner: internalMutation({
    args: { fail: v.boolean() },
    handler: async (ctx, { fail }) => {
      await ctx.db.insert("plans", { owner: "inner", seats: 2 });
      if (fail) {
        throw new ConvexError({ code: "inner_failed" });
      }
      return null;
    },
  }),
  writeInQuery: query({
    handler: async (ctx) => {
      const writer = ctx as unknown as { runMutation?: unknown };
      return writer.runMutation === undefined;
    },
  }),
  hang: mutation({
    handler: async (ctx) => {
      await ctx.db.insert("plans", { owner: "hung", seats: 1 });
      await new Promise(() => undefined);
    },
  }),
  sleep: mutation({
    handler: async (ctx) => {
      await hostDelay(5);
      await ctx.db.insert("plans", { owner: "late", seats: 1 });
    },
  }),
  wrongDocument: mutation({
    handler: (ctx) => ctx.db.insert("plans", { owner: 7, seats: "many" }),
  }),
  wrongReturn: query({ returns: v.string(), handler: () => 7 as unknown as string }),
  anything: query((_ctx, args) => args),
  convexError: query(() => {
    throw SHARED_ERROR;
  }),
  plainError: query(() => {
    throw new TypeError("boom");
  }),
  all: internalQuery(async (ctx) => (await ctx.db.query("plans").collect()).length),
  viaAction: action({
    args: {},
    handler: async (ctx) => {
      const functions = api["plans"] as never as Record<string, never>;
      await ctx.runMutation(functions["insert"] as never, { owner: "action", seats: 3 } as never);
      return await ctx.runQuery(functions["all"] as never, {} as never);
    },
  }),
};

const SHARED_ERROR = new ConvexError({ code: "no", count: 3n });

const router = httpRouter();
router.route({
  path: "/count",
  method: "GET",
  handler: httpAction(async (ctx) => {
    const count = await ctx.runQuery(
      (api["plans"] as never as Record<string, never>)["all"] as never,
    );
    return Response.json({ count });
  }),
});

const modules = { schema: { default: schema }, plans, http: { default: router } };

function open() {
  return openTestEngine(modules);
}

async function failure(promise: Promise<unknown>): Promise<FunctionError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FunctionError);
  return error as FunctionError;
}

describe("E2 documents", () => {
  test("get an id of 32 characters and are read back with it", async () => {
    const { call } = open();
    const id = await call("plans:insert", { owner: "ann", seats: 2 });
    expect(id).toMatch(/^[0-9a-z]{32}$/);
    expect(await call("plans:get", { id })).toEqual({
      _id: id,
      _creationTime: expect.any(Number),
      owner: "ann",
      seats: 2,
    });
  });

  test("are seen by the mutation that writes them, through every index, before the commit", async () => {
    const { call } = open();
    const result = (await call("plans:ownWrites")) as Record<
      string,
      Record<string, unknown> | null
    >;
    expect(result["ranged"]).toBe(1);
    expect(result["patched"]).toMatchObject({ seats: 5 });
    expect(result["patched"]).not.toHaveProperty("note");
    expect(result["after"]).toBeNull();
  });

  test("that do not match the schema are refused with Convex's text", async () => {
    const { call } = open();
    const { message } = await failure(call("plans:wrongDocument"));
    expect(message).toContain(
      'Failed to insert or update a document in table "plans" because it does not match the schema: ',
    );
    expect(await call("plans:all")).toBe(0);
  });
});

describe("E2 queries", () => {
  test("read index ranges in order, descending too, own fields before ids", async () => {
    const { call } = open();
    for (const [seats, owner] of [
      [3, "c"],
      [1, "b"],
      [2, "z"],
      [2, "a"],
      [5, "e"],
    ] as const) {
      await call("plans:insert", { owner, seats });
    }
    const range = { from: 1, to: 5 };
    expect(await call("plans:seatsBetween", { ...range, descending: false })).toEqual([
      "1b",
      "2a",
      "2z",
      "3c",
    ]);
    expect(await call("plans:seatsBetween", { ...range, descending: true })).toEqual([
      "3c",
      "2z",
      "2a",
      "1b",
    ]);
  });

  test("paginate without gaps or repeats and end with an empty page", async () => {
    const { call } = open();
    for (let i = 0; i < 7; i++) {
      await call("plans:insert", { owner: i === 3 ? "hidden" : `o${i}`, seats: i });
    }
    const owners: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    for (;;) {
      const page = (await call("plans:page", { paginationOpts: { numItems: 3, cursor } })) as {
        page: { owner: string }[];
        isDone: boolean;
        continueCursor: string;
      };
      owners.push(...page.page.map(({ owner }) => owner));
      cursor = page.continueCursor;
      pages++;
      if (page.isDone) {
        expect(page.page).toEqual([]);
        break;
      }
    }
    expect(owners).toEqual(["o0", "o1", "o2", "o4", "o5", "o6"]);
    expect(pages).toBe(3);
  });

  test("refuse a cursor of another query in the way that React's hooks recognise", async () => {
    const { call } = open();
    const { data, message } = await failure(
      call("plans:page", { paginationOpts: { numItems: 3, cursor: "0123456789abcdef.00" } }),
    );
    expect(message).toContain("InvalidCursor");
    expect(data).toEqual({ isConvexSystemError: true, paginationError: "InvalidCursor" });
  });

  test("that ask for a unique document refuse two", async () => {
    const { call } = open();
    await call("plans:insert", { owner: "twin", seats: 1 });
    await call("plans:insert", { owner: "twin", seats: 2 });
    const { message } = await failure(call("plans:uniqueByOwner", { owner: "twin" }));
    expect(message).toContain("unique() query returned more than one result from table plans");
  });
});

describe("E4 nested mutations", () => {
  test("share the transaction", async () => {
    const { call } = open();
    expect(await call("plans:outer", { failInner: false, failOuter: false })).toEqual({
      caught: null,
      owners: ["outer", "inner"],
    });
  });

  test("undo only their own writes when they fail and the caller catches it", async () => {
    const { call } = open();
    expect(await call("plans:outer", { failInner: true, failOuter: false })).toEqual({
      caught: expect.stringContaining("inner_failed"),
      owners: ["outer"],
    });
    expect(await call("plans:all")).toBe(1);
  });

  test("are undone with the caller", async () => {
    const { call } = open();
    await failure(call("plans:outer", { failInner: false, failOuter: true }));
    expect(await call("plans:all")).toBe(0);
  });
});

describe("E5 functions that wait for what they may not", () => {
  test.each(["plans:hang", "plans:sleep"])(
    "%s fails, leaves nothing, and the writer goes on",
    async (path) => {
      const { call } = open();
      const hung = failure(call(path));
      const next = call("plans:insert", { owner: "next", seats: 1 });
      expect((await hung).message).toBe("Returned promise will never resolve");
      await next;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await call("plans:all")).toBe(1);
    },
  );
});

describe("E1 E3 calls", () => {
  test("without validators take and give any object", async () => {
    const { call } = open();
    const args = { deep: [{ a: null, n: { $integer: "AQAAAAAAAAA=" } }], text: "ü" };
    expect(await call("plans:anything", args)).toEqual(args);
  });

  test("with wrong arguments are refused with Convex's text", async () => {
    const { call } = open();
    const { message } = await failure(call("plans:insert", { owner: "x" }));
    expect(message).toMatch(
      /^ArgumentValidationError: Object is missing the required field `seats`\./,
    );
  });

  test("whose result breaks its validator fail", async () => {
    const { call } = open();
    const { message } = await failure(call("plans:wrongReturn"));
    expect(message).toMatch(/^ReturnsValidationError: /);
  });

  test("carry a ConvexError's data, also when one error object is thrown twice", async () => {
    const { call } = open();
    const data = { code: "no", count: { $integer: "AwAAAAAAAAA=" } };
    expect((await failure(call("plans:convexError"))).data).toEqual(data);
    expect((await failure(call("plans:convexError"))).data).toEqual(data);
  });

  test("name the class and text of an uncaught error", async () => {
    const { call } = open();
    expect((await failure(call("plans:plainError"))).message).toBe("Uncaught TypeError: boom");
  });

  test("from actions run each in a transaction of its own", async () => {
    const { call } = open();
    expect(await call("plans:viaAction")).toBe(1);
  });

  test("from HTTP actions reach internal functions", async () => {
    const { engine, call } = open();
    await call("plans:insert", { owner: "http", seats: 1 });
    const response = await engine.handleHttp(new Request("http://localhost/count"), null);
    expect(await response.json()).toEqual({ count: 1 });
    const missing = await engine.handleHttp(new Request("http://localhost/none"), null);
    expect(missing.status).toBe(404);
  });

  test("of internal functions read to clients exactly as calls of functions that do not exist", async () => {
    const { engine } = open();
    const client = { audience: "client", identity: null } as const;
    const texts = await Promise.all(
      ["plans:inner", "plans:innex"].map(async (path) => {
        const { message } = await failure(engine.call(path, "Mutation", {}, client));
        return message.replace(path, "…");
      }),
    );
    expect(texts[0]).toBe("Could not find public function for '…'.");
    expect(texts[0]).toBe(texts[1]);
  });
});

test("creation times increase strictly over transactions", async () => {
  const { call } = open();
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => call("plans:insert", { owner: "t", seats: i })),
  );
  const found = (await call("plans:byOwner", { owner: "t" })) as { _creationTime: number }[];
  const times = found.map(({ _creationTime }) => _creationTime);
  expect(new Set(times).size).toBe(50);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
