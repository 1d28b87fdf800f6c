import {
  defineSchema,
  defineTable,
  internalMutationGeneric as internalMutation,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";
import { describe, expect, test, vi } from "vitest";
import { dataUrl, newSigningKey, signToken } from "../support/identityProvider.ts";
import { manualTime } from "../support/manualTime.ts";
import { openSchedulerEngine } from "../support/schedulerEngine.ts";
import { SYNC_ADMIN_KEY, syncClient } from "../support/syncClient.ts";
import { openTestEngine } from "../support/testEngine.ts";

const schema = defineSchema({
  counters: defineTable({
    name: v.string(),
    count: v.number(),
    stamp: v.optional(v.number()),
  }).index("by_name", ["name"]),
});

const counters = {
  all: query({
    args: {},
    handler: async (ctx) => {
      const found = await ctx.db.query("counters").collect();
      return Object.fromEntries(found.map(({ name, count }) => [name, count]));
    },
  }),
  total: query({
    args: {},
    handler: async (ctx) => {
      const found = await ctx.db.query("counters").collect();
      return found.reduce((sum, { count }) => sum + count, 0);
    },
  }),
  isEmpty: query({
    args: {},
    handler: async (ctx) => (await ctx.db.query("counters").first()) === null,
  }),
  count: mutation({
    args: { name: v.string() },
    handler: async (ctx, { name }) => {
      const found = await ctx.db.query("counters").collect();
      const counter = found.find((each) => each["name"] === name);
      if (counter === undefined) {
        await ctx.db.insert("counters", { name, count: 1 });
        return 1;
      }
      await ctx.db.patch(counter._id, { count: counter["count"] + 1 });
      return counter["count"] + 1;
    },
  }),
  named: query({
    args: { name: v.string() },
    handler: (ctx, { name }) =>
      ctx.db
        .query("counters")
        .withIndex("by_name", (q) => q.eq("name", name))
        .unique(),
  }),
  stamp: mutation({
    args: { name: v.string(), stamp: v.number() },
    handler: async (ctx, { name, stamp }) => {
      const found = await ctx.db.query("counters").collect();
      for (const counter of found.filter((each) => each["name"] === name)) {
        await ctx.db.patch(counter._id, { stamp });
      }
    },
  }),
  countBoth: mutation({
    args: {},
    handler: async (ctx) => {
      for (const counter of await ctx.db.query("counters").collect()) {
        await ctx.db.patch(counter._id, { count: counter["count"] + 1 });
      }
    },
  }),
  whoAmI: query({
    args: {},
    handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null,
  }),
  hidden: internalMutation({ args: {}, handler: () => "reached" }),
};

const modules = { schema: { default: schema }, counters };

function values(messages: Record<string, unknown>[]): unknown[] {
  return messages
    .filter(({ type }) => type === "Transition")
    .flatMap(({ modifications }) => modifications as Record<string, unknown>[])
    .map(({ queryId, value }) => [queryId, value]);
}

describe("E14 a session", () => {
  test("answers each query set with a transition that starts where the last one ended", async () => {
    const { engine, call } = openTestEngine(modules);
    await call("counters:count", { name: "a" });
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:all");
    const [first] = await client.said();
    expect(first).toMatchObject({
      type: "Transition",
      startVersion: { querySet: 0, identity: 0, ts: "AAAAAAAAAAA=" },
      endVersion: { querySet: 1, identity: 0 },
      modifications: [
        { type: "QueryUpdated", queryId: 1, value: { a: 1 }, logLines: [], journal: null },
      ],
    });
    client.add(2, "counters:total");
    const [second] = await client.said();
    expect(second?.["startVersion"]).toEqual(first?.["endVersion"]);
  });

  test("says nothing of a query whose result stayed the same", async () => {
    const { engine, call } = openTestEngine(modules);
    await call("counters:count", { name: "a" });
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:isEmpty");
    await client.said();
    await call("counters:count", { name: "a" });
    expect(values(await client.said())).toEqual([]);
  });

  test("shows all queries of one snapshot, whatever is committed around them", async () => {
    const { engine, call } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:all");
    client.add(2, "counters:total");
    const shown = new Map<unknown, unknown>();
    const check = async (): Promise<void> => {
      for (const message of await client.said()) {
        for (const [queryId, value] of values([message]) as [number, unknown][]) {
          shown.set(queryId, value);
        }
        const all = Object.values(shown.get(1) as Record<string, number>);
        expect(shown.get(2)).toBe(all.reduce((sum, count) => sum + count, 0));
      }
    };
    await check();
    for (let round = 0; round < 30; round++) {
      const calls = ["a", "b", "c"].map((name) => call("counters:count", { name }));
      client.mutate(round, "counters:count", { name: "d" });
      await Promise.all(calls);
      await check();
    }
    expect(shown.get(2)).toBe(120);
  });

  test("shows a commit in all queries that it changes, though it came while others were due", async () => {
    const { engine, call } = openTestEngine(modules);
    await call("counters:count", { name: "a" });
    await call("counters:count", { name: "b" });
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:named", { name: "a" });
    client.add(2, "counters:named", { name: "b" });
    const shown = new Map(values(await client.said()) as [number, { count: number }][]);
    for (let round = 0; round < 10; round++) {
      // The first commit touches one query. The second, of both, comes before that one has run again.
      await call("counters:stamp", { name: "a", stamp: round });
      await call("counters:countBoth");
      for (const message of await client.said()) {
        for (const [queryId, value] of values([message]) as [number, { count: number }][]) {
          shown.set(queryId, value);
        }
        expect(shown.get(1)?.count).toBe(shown.get(2)?.count);
      }
    }
    expect(shown.get(1)?.count).toBe(11);
  });

  test("answers a mutation before it shows the effect, and no transition skips a response", async () => {
    const { engine } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:total");
    await client.said();
    for (let requestId = 0; requestId < 20; requestId++) {
      client.mutate(requestId, "counters:count", { name: "a" });
    }
    let answered = 0;
    for (const message of await client.said()) {
      if (message.type === "MutationResponse") {
        answered++;
        expect(message).toMatchObject({ requestId: answered - 1, success: true, result: answered });
      } else {
        for (const [, total] of values([message]) as [number, number][]) {
          expect(total).toBeLessThanOrEqual(answered);
        }
      }
    }
    expect(answered).toBe(20);
  });

  test("works nothing out for a client that does not read", async () => {
    const { engine, call } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:total");
    await client.said();
    client.stall(true);
    for (let i = 0; i < 10; i++) {
      await call("counters:count", { name: "a" });
      await client.said();
    }
    client.stall(false);
    const last = values(await client.said());
    expect(last).toEqual([[1, 10]]);
  });

  test("pings after 15 seconds of silence and not before", async () => {
    const time = manualTime(1_700_000_000_000);
    const { engine } = openSchedulerEngine(modules, { time });
    const client = syncClient(engine, { time });
    await time.advance(14_999);
    expect(await client.said()).toEqual([]);
    await time.advance(1);
    expect(await client.said()).toEqual([{ type: "Ping" }]);
  });

  test("runs everything again for another identity", async () => {
    const { engine } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.add(1, "counters:total");
    await client.said();
    client.send({
      type: "Authenticate",
      tokenType: "Admin",
      value: SYNC_ADMIN_KEY,
      baseVersion: 0,
    });
    client.mutate(1, "counters:hidden");
    const said = await client.said();
    expect(said).toContainEqual(
      expect.objectContaining({ type: "MutationResponse", success: true, result: "reached" }),
    );
    expect(said.at(-1)).toMatchObject({ endVersion: { identity: 1 } });
  });
});

describe("E14 a user's token", () => {
  const issuer = "https://issuer.test";

  test("that expires ends the connection before anything more is done with it", async () => {
    const time = manualTime(1_700_000_000_000);
    const key = await newSigningKey("key-1");
    const provider = { type: "customJwt", issuer, algorithm: "RS256", jwks: dataUrl([key]) };
    const config = { "auth.config": { default: { providers: [provider] } } };
    const { engine, call } = openSchedulerEngine({ ...modules, ...config }, { time });
    const client = syncClient(engine, { time });
    const value = await signToken(key, { iss: issuer, sub: "ann", exp: 1_700_000_060 });
    client.connect();
    client.send({ type: "Authenticate", tokenType: "User", value, baseVersion: 0 });
    client.add(1, "counters:whoAmI");
    await vi.waitFor(async () => expect(values(await client.said())).toContainEqual([1, "ann"]));
    await time.advance(60_000);
    client.mutate(1, "counters:count", { name: "late" });
    expect((await client.said()).filter(({ type }) => type !== "Ping")).toEqual([
      {
        type: "AuthError",
        error: "Convex token identity expired",
        baseVersion: 1,
        authUpdateAttempted: false,
      },
    ]);
    expect(client.closed()).not.toBeNull();
    expect(await call("counters:total")).toBe(0);
  });
});

describe("E17 a session", () => {
  test.each([
    ["what is not JSON", "{", "Received Invalid JSON on websocket: it is not JSON"],
    ["a list", [], "Received Invalid JSON on websocket: a message must be an object"],
    ["null", "null", "Received Invalid JSON on websocket: a message must be an object"],
    ["another type", { type: "Hello" }, "Received Invalid JSON on websocket: unknown message type"],
    ["a session id that is no UUID", { type: "Connect", sessionId: "me" }, "`sessionId`"],
    [
      "a function that can have no name",
      { type: "Mutation", requestId: 0, udfPath: "a/../b:c", args: [{}] },
      "a/../b:c is not a valid path to a Convex function.",
    ],
    [
      "a request id that is no count",
      { type: "Mutation", requestId: -1, udfPath: "a:b", args: [{}] },
      "`requestId` is not an unsigned 32-bit integer",
    ],
    [
      "a query set on another base",
      { type: "ModifyQuerySet", baseVersion: 3, newVersion: 4, modifications: [] },
      "Base version 3 passed up doesn't match the current version 0",
    ],
    [
      "a component",
      { type: "Action", requestId: 0, udfPath: "a:b", args: [{}], componentPath: "other" },
      "Components are not available on this host.",
    ],
    [
      "an admin who acts as nobody",
      { type: "Authenticate", tokenType: "Admin", value: "x", baseVersion: 0, impersonating: {} },
      'Either "tokenIdentifier" or "issuer" and "subject" must be set',
    ],
  ])("ends with FatalError when it gets %s", async (_, message, text) => {
    const { engine, call } = openTestEngine(modules);
    const client = syncClient(engine);
    client.send(message);
    client.mutate(7, "counters:count", { name: "late" });
    expect(await client.said()).toEqual([
      { type: "FatalError", error: expect.stringContaining(text) },
    ]);
    expect(client.closed()).toEqual({ code: null, reason: "" });
    expect(await call("counters:total")).toBe(0);
  });

  test.each([
    ["Admin", "wrong key", "The provided admin key was invalid for this instance"],
    ["User", "no token", "Could not parse JWT payload."],
  ])("ends with AuthError for a wrong token of type %s", async (tokenType, value, text) => {
    const { engine } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.send({ type: "Authenticate", tokenType, value, baseVersion: 0 });
    expect(await client.said()).toEqual([
      {
        type: "AuthError",
        error: expect.stringContaining(text),
        baseVersion: 0,
        authUpdateAttempted: true,
      },
    ]);
    expect(client.closed()).not.toBeNull();
  });

  test.each([
    ["that removes a query it does not have", [{ type: "Remove", queryId: 5 }]],
    [
      "that adds a query twice",
      [1, 1].map((queryId) => ({ type: "Add", queryId, udfPath: "counters:all", args: [{}] })),
    ],
  ])("is closed as an internal error by a query set %s", async (_, modifications) => {
    const { engine } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    client.send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications });
    await client.said();
    expect(client.closed()).toEqual({ code: 1011, reason: "InternalServerError" });
  });

  test("takes at most 1000 waiting mutations", async () => {
    const { engine } = openTestEngine(modules);
    const client = syncClient(engine);
    client.connect();
    for (let requestId = 0; requestId < 1_002; requestId++) {
      client.mutate(requestId, "counters:count", { name: "a" });
    }
    await client.said();
    expect(client.closed()).toEqual({ code: 1013, reason: "TooManyConcurrentMutations" });
  });
});
