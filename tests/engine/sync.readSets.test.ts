import {
  defineSchema,
  defineTable,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Caller, type Engine, INSIDER } from "../../src/engine/Engine.ts";
import { IntervalIndex } from "../../src/engine/sync/IntervalIndex.ts";
import type { QueryRun } from "../../src/engine/sync/SnapshotQueries.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

const schema = defineSchema({
  items: defineTable({ group: v.number(), rank: v.number() })
    .index("by_group_and_rank", ["group", "rank"])
    .index("by_rank", ["rank"]),
});

const items = {
  add: mutation({
    args: { group: v.number(), rank: v.number() },
    handler: (ctx, args) => ctx.db.insert("items", args),
  }),
  addLoose: mutation({ args: {}, handler: (ctx) => ctx.db.insert("loose", {}) }),
  /** Changes the n-th item, or takes it away. */
  change: mutation({
    args: { position: v.number(), rank: v.union(v.number(), v.null()) },
    handler: async (ctx, { position, rank }) => {
      const all = await ctx.db.query("items").collect();
      const item = all[position % Math.max(all.length, 1)];
      if (item === undefined) {
        return;
      }
      await (rank === null ? ctx.db.delete(item._id) : ctx.db.patch(item._id, { rank }));
    },
  }),
  range: query({
    args: {
      group: v.number(),
      from: v.number(),
      to: v.number(),
      take: v.union(v.number(), v.null()),
      descending: v.boolean(),
    },
    handler: async (ctx, { group, from, to, take, descending }) => {
      const ordered = ctx.db
        .query("items")
        .withIndex("by_group_and_rank", (q) =>
          (q.eq("group", group) as unknown as typeof q).gte("rank", from).lt("rank", to),
        )
        .order(descending ? "desc" : "asc");
      return await (take === null ? ordered.collect() : ordered.take(take));
    },
  }),
  filtered: query({
    args: { rank: v.number() },
    handler: (ctx, { rank }) =>
      ctx.db
        .query("items")
        .filter((q) => q.eq(q.field("rank"), rank))
        .first(),
  }),
  page: query({
    args: { size: v.number(), cursor: v.union(v.string(), v.null()) },
    handler: (ctx, { size, cursor }) =>
      ctx.db.query("items").withIndex("by_rank").paginate({ numItems: size, cursor }),
  }),
  get: query({ args: { id: v.id("items") }, handler: (ctx, { id }) => ctx.db.get(id) }),
  loose: query({ args: {}, handler: (ctx) => ctx.db.query("loose").collect() }),
  nested: query({
    args: {},
    handler: async (ctx) => await ctx.runQuery("items:filtered" as never, { rank: 1 } as never),
  }),
};

const modules = { schema: { default: schema }, items };

interface Watched {
  path: string;
  args: object;
  run: QueryRun;
  isTouched: boolean;
}

async function watchQuery(engine: Engine, path: string, args: object): Promise<Watched> {
  const watched: Watched = { path, args, run: undefined as unknown as QueryRun, isTouched: false };
  const call = {
    ...{ path, args: args as never, journal: null },
    onTouched: () => {
      watched.isTouched = true;
    },
  };
  const { runs } = await engine.queries.run(() => [call], INSIDER as Caller);
  watched.run = runs[0] as QueryRun;
  return watched;
}

function resultOf({ outcome }: QueryRun): string {
  return outcome instanceof Error ? outcome.message : outcome.valueText;
}

const small = fc.integer({ min: 0, max: 5 });
const anyQuery = fc.oneof(
  fc.record({
    path: fc.constant("items:range"),
    args: fc.record({
      group: fc.integer({ min: 0, max: 2 }),
      from: small,
      to: small,
      take: fc.option(fc.integer({ min: 1, max: 3 })),
      descending: fc.boolean(),
    }),
  }),
  fc.record({ path: fc.constant("items:filtered"), args: fc.record({ rank: small }) }),
  fc.record({
    path: fc.constant("items:page"),
    args: fc.record({ size: fc.integer({ min: 1, max: 3 }), cursor: fc.constant(null) }),
  }),
  fc.record({ path: fc.constantFrom("items:loose", "items:nested"), args: fc.constant({}) }),
);
const anyWrite = fc.oneof(
  fc.record({
    path: fc.constant("items:add"),
    args: fc.record({ group: fc.integer({ min: 0, max: 2 }), rank: small }),
  }),
  fc.record({
    path: fc.constant("items:change"),
    args: fc.record({ position: fc.nat(20), rank: fc.option(small) }),
  }),
  fc.record({ path: fc.constant("items:addLoose"), args: fc.constant({}) }),
);

describe("E14 what a query has read", () => {
  test("is touched by every commit that changes its result", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyWrite, { maxLength: 8 }),
        fc.array(anyQuery, { minLength: 1, maxLength: 4 }),
        fc.array(anyWrite, { minLength: 1, maxLength: 4 }),
        async (before, queries, after) => {
          const { engine, call } = openTestEngine(modules);
          for (const { path, args } of before) {
            await call(path, args);
          }
          const watched = await Promise.all(
            queries.map(({ path, args }) => watchQuery(engine, path, args)),
          );
          for (const { path, args } of after) {
            await call(path, args);
            for (const each of watched.filter(({ isTouched }) => !isTouched)) {
              const again = await watchQuery(engine, each.path, each.args);
              expect(resultOf(again.run)).toBe(resultOf(each.run));
              again.run.end();
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ["another group", { group: 2, rank: 1 }, false],
    ["a rank after the range", { group: 1, rank: 9 }, false],
    ["a rank that comes after the last one taken", { group: 1, rank: 4 }, false],
    ["a rank that comes before it", { group: 1, rank: 1 }, true],
  ])("by a limited scan of a range is touched by %s: %j %s", async (_, item, isTouched) => {
    const { engine, call } = openTestEngine(modules);
    await call("items:add", { group: 1, rank: 2 });
    await call("items:add", { group: 1, rank: 3 });
    const args = { group: 1, from: 0, to: 6, take: 2, descending: false };
    const watched = await watchQuery(engine, "items:range", args);
    await call("items:add", item);
    expect(watched.isTouched).toBe(isTouched);
  });

  test("by id is touched by that document alone", async () => {
    const { engine, call } = openTestEngine(modules);
    const id = await call("items:add", { group: 1, rank: 1 });
    await call("items:add", { group: 1, rank: 2 });
    const watched = await watchQuery(engine, "items:get", { id: id as string });
    await call("items:change", { position: 1, rank: 5 });
    expect(watched.isTouched).toBe(false);
    await call("items:change", { position: 0, rank: 5 });
    expect(watched.isTouched).toBe(true);
  });

  test("of a table that did not exist is touched when the table comes into being", async () => {
    const { engine, call } = openTestEngine(modules);
    const watched = await watchQuery(engine, "items:loose", {});
    await call("items:add", { group: 1, rank: 1 });
    expect(watched.isTouched).toBe(false);
    await call("items:addLoose");
    expect(watched.isTouched).toBe(true);
  });
});

describe("E14 intervals", () => {
  test("are found at a key exactly as by looking at each of them", () => {
    const end = fc.uint8Array({ minLength: 1, maxLength: 2, max: 4 });
    const operation = fc.tuple(fc.boolean(), end, end, fc.nat(3));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.array(end), (operations, keys) => {
        const index = new IntervalIndex<string>(pseudoRandom());
        const naive = new Set<string>();
        for (const [adds, lower, upper, item] of operations) {
          const name = `${hex(lower)}-${hex(upper)}-${item}`;
          if (adds) {
            index.add(lower, upper, name);
            naive.add(name);
          } else {
            index.remove(lower, upper, name);
            naive.delete(name);
          }
        }
        for (const key of keys) {
          const found: string[] = [];
          index.eachAt(key, (name) => found.push(name));
          const expected = [...naive].filter((name) => {
            const [lower = "", upper = ""] = name.split("-");
            return lower <= hex(key) && hex(key) < upper;
          });
          expect(found.sort()).toEqual(expected.sort());
        }
        expect(index.isEmpty).toBe(naive.size === 0);
      }),
    );
  });
});

describe("E14 ten thousand live queries", () => {
  test("of which a commit touches one cost little more than none", async () => {
    const [quiet, watched] = [openTestEngine(modules), openTestEngine(modules)];
    const touched: number[] = [];
    const calls = Array.from({ length: 10_000 }, (_, rank) => ({
      path: "items:range",
      args: { group: 1, from: rank, to: rank + 1, take: null, descending: false },
      journal: null,
      onTouched: () => touched.push(rank),
    }));
    await watched.engine.queries.run(() => calls, INSIDER);
    const [without, within] = [[] as number[], [] as number[]];
    for (let round = 0; round < 8; round++) {
      without.push(await processorTimeOf(quiet, round));
      within.push(await processorTimeOf(watched, round));
    }
    expect(touched).toEqual([]);
    await watched.call("items:add", { group: 1, rank: 7_777 });
    expect(touched).toEqual([7_777]);
    // A walk over all of them would be a hundredfold.
    expect(Math.min(...within) / Math.min(...without)).toBeLessThan(2);
  });
});

/** Of a hundred commits: what other processes do meanwhile does not count. */
async function processorTimeOf({ call }: TestEngine, round: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < 100; i++) {
    await call("items:add", { group: 2, rank: 100 * round + i });
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function pseudoRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}
