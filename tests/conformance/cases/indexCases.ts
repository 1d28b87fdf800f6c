import type { Value } from "convex/values";
import { type ConformanceCase, type Deployment, gives, refuses } from "../conformanceCase.ts";
import { SAMPLE_VALUES, sampleDocuments } from "./sampleValues.ts";

async function fill(t: Deployment): Promise<void> {
  await t.run(async (ctx) => {
    for (const document of sampleDocuments().reverse()) {
      await ctx.db.insert("values", document as never);
    }
  });
}

const BOUNDS = ["eq", "gt", "gte", "lt", "lte"] as const;

/** Each kind of bound at each kind of value. */
function boundCases(): ConformanceCase[] {
  const runs: Record<string, ConformanceCase["run"]> = {};
  for (const [name, value] of SAMPLE_VALUES) {
    for (const bound of BOUNDS) {
      runs[`${bound} ${name}`] = async (t) => {
        await fill(t);
        return await t.run(async (ctx) => {
          const found = await ctx.db
            .query("values")
            .withIndex("by_v", (q) => q[bound]("v", value as never) as never)
            .collect();
          return found.map((document) => document["a"] as Value);
        });
      };
    }
  }
  return gives("index bound", runs);
}

async function pairs(t: Deployment): Promise<void> {
  await t.run(async (ctx) => {
    for (const [a, b] of PAIRS) {
      await ctx.db.insert("values", { a, b } as never);
    }
  });
}

const PAIRS = [
  [1, "x"],
  [2, "y"],
  [1, "y"],
  [2, "x"],
  [1, undefined],
  [3, null],
  [2, "z"],
] as const;

type Range = (q: never) => unknown;

function pairsIn(range: Range | undefined, order: "asc" | "desc" = "asc"): ConformanceCase["run"] {
  return async (t) => {
    await pairs(t);
    return await t.run(async (ctx) => {
      const query = ctx.db.query("values");
      const found = await query
        .withIndex("by_a_b", range as never)
        .order(order)
        .collect();
      return found.map(({ a, b }) => `${a} ${b}`);
    });
  };
}

interface Chain {
  eq(field: string, value: unknown): Chain;
  gt(field: string, value: unknown): Chain;
  gte(field: string, value: unknown): Chain;
  lt(field: string, value: unknown): Chain;
  lte(field: string, value: unknown): Chain;
}

const range = (make: (q: Chain) => unknown): Range => make as Range;

/** Index order, ranges, and what a range may not be. */
export const indexCases = [
  ...boundCases(),
  ...gives("index", {
    "order of all kinds of values": async (t) => {
      await fill(t);
      return await t.run(async (ctx) =>
        (await ctx.db.query("values").withIndex("by_v").collect()).map(({ a }) => a),
      );
    },
    "descending order of all kinds of values": async (t) => {
      await fill(t);
      return await t.run(async (ctx) =>
        (await ctx.db.query("values").withIndex("by_v").order("desc").collect()).map(({ a }) => a),
      );
    },
    "between two bounds": async (t) => {
      await fill(t);
      return await t.run(async (ctx) => {
        const found = await ctx.db
          .query("values")
          .withIndex("by_v", (q) => q.gt("v", null).lte("v", "b"))
          .collect();
        return found.map(({ a }) => a);
      });
    },
    "nested field": (t) =>
      t.run(async (ctx) => {
        for (const v of [{ x: { y: 2 } }, { x: { y: 1 } }, { x: 5 }, 7]) {
          await ctx.db.insert("values", { v });
        }
        const found = await ctx.db.query("values").withIndex("by_nested").collect();
        return found.map(({ v }) => v);
      }),
    by_creation_time: (t) =>
      t.run(async (ctx) => {
        for (const v of [3, 1, 2]) {
          await ctx.db.insert("values", { v });
        }
        const all = await ctx.db.query("values").withIndex("by_creation_time").collect();
        const [, second] = all;
        const later = await ctx.db
          .query("values")
          .withIndex("by_creation_time", (q) =>
            q.gt("_creationTime", (second?.["_creationTime"] ?? 0) as never),
          )
          .collect();
        return [all.map(({ v }) => v), later.map(({ v }) => v)];
      }),
    by_id: (t) =>
      t.run(async (ctx) => {
        await ctx.db.insert("values", { v: 1 });
        const id = await ctx.db.insert("values", { v: 2 });
        const found = await ctx.db
          .query("values")
          .withIndex("by_id", (q) => q.eq("_id", id))
          .collect();
        return found.map(({ v }) => v);
      }),
    "the creation time after the fields": (t) =>
      t.run(async (ctx) => {
        const ids: string[] = [];
        for (const b of ["x", "x", "x"]) {
          ids.push((await ctx.db.insert("values", { a: 1, b })) as string);
        }
        const middle = await ctx.db.get(ids[1] as never);
        const found = await ctx.db
          .query("values")
          .withIndex("by_a_b", ((q: Chain) =>
            q
              .eq("a", 1)
              .eq("b", "x")
              .gte("_creationTime", (middle as { _creationTime: number })._creationTime)) as never)
          .collect();
        return found.map(({ _id }) => ids.indexOf(_id as never));
      }),
    "two fields, whole": pairsIn(undefined),
    "two fields, whole, descending": pairsIn(undefined, "desc"),
    "two fields, first equal": pairsIn(range((q) => q.eq("a", 1))),
    "two fields, first equal, descending": pairsIn(
      range((q) => q.eq("a", 2)),
      "desc",
    ),
    "two fields, both equal": pairsIn(range((q) => q.eq("a", 2).eq("b", "x"))),
    "two fields, second missing": pairsIn(range((q) => q.eq("a", 1).eq("b", undefined))),
    "two fields, second above missing": pairsIn(range((q) => q.eq("a", 1).gt("b", undefined))),
    "two fields, second in a range": pairsIn(range((q) => q.eq("a", 2).gte("b", "x").lt("b", "z"))),
    "two fields, first in a range": pairsIn(range((q) => q.gt("a", 1).lte("a", 3))),
    "two fields, first up to": pairsIn(
      range((q) => q.lt("a", 2)),
      "desc",
    ),
    "an empty range": pairsIn(range((q) => q.gt("a", 5).lt("a", 2))),
    "equality on a text leaves out texts that go on with a zero": (t) =>
      t.run(async (ctx) => {
        for (const a of ["a", "a\u0000", "a\u0000b"]) {
          await ctx.db.insert("values", { a });
        }
        const found = await ctx.db
          .query("values")
          .withIndex("by_a_b", (q) => q.eq("a", "a"))
          .collect();
        return found.length;
      }),
    "follows a patch": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("values", { v: "before" });
        await ctx.db.patch(id, { v: "after" });
        const at = async (v: string) =>
          (
            await ctx.db
              .query("values")
              .withIndex("by_v", (q) => q.eq("v", v))
              .collect()
          ).length;
        return [await at("before"), await at("after")];
      }),
  }),
  ...refuses("index", {
    "that does not exist": (t) =>
      t.run((ctx) =>
        ctx.db
          .query("values")
          .withIndex("by_nothing" as never)
          .collect(),
      ),
    "fields out of order": pairsIn(range((q) => q.eq("b", "x"))),
    "a field it does not have": pairsIn(range((q) => q.eq("v", 1))),
    "bounds on two fields": pairsIn(range((q) => q.gt("a", 1).gt("b", "x"))),
    "two lower bounds": pairsIn(range((q) => q.gt("a", 1).gte("a", 2))),
    "equality after a bound": pairsIn(range((q) => q.gt("a", 1).eq("b", "x"))),
    "of a table that does not exist": (t) =>
      t.run((ctx) =>
        ctx.db
          .query("nothing" as never)
          .withIndex("by_v" as never)
          .collect(),
      ),
  }),
];
