import type { Value } from "convex/values";
import { type ConformanceCase, gives, refuses } from "../conformanceCase.ts";
import { SAMPLE_VALUES, sampleDocuments } from "./sampleValues.ts";

/** The filter builder, with any operands. */
type Builder = Record<string, (...operands: unknown[]) => unknown>;

function kept(documents: readonly object[], make: (q: Builder) => unknown): ConformanceCase["run"] {
  return (t) =>
    t.run(async (ctx) => {
      for (const document of documents) {
        await ctx.db.insert("values", document as never);
      }
      const found = await ctx.db
        .query("values")
        .filter((q) => make(q as never as Builder) as never)
        .collect();
      return found.map(({ a }) => a as Value);
    });
}

const field = (q: Builder, path: string) => q["field"]?.(path);

/** Comparisons of each kind of value with each other one. */
function comparisonCases(): ConformanceCase[] {
  const runs: Record<string, ConformanceCase["run"]> = {};
  for (const operator of ["eq", "neq"]) {
    for (const [name, value] of SAMPLE_VALUES) {
      runs[`${operator} ${name}`] = kept(sampleDocuments(), (q) =>
        q[operator]?.(field(q, "v"), value),
      );
    }
  }
  for (const operator of ["lt", "lte", "gt", "gte"]) {
    for (const [name, value] of SAMPLE_VALUES) {
      runs[`${operator} ${name}`] = kept(sampleDocuments(), (q) =>
        q[operator]?.(field(q, "v"), value),
      );
    }
  }
  return gives("filter", runs);
}

const NUMBERS = [
  { a: "seven", v: 7, b: 2 },
  { a: "six", v: 6, b: 3 },
  { a: "minus seven", v: -7, b: 2 },
];
const BIGINTS = [
  { a: "seven", v: 7n, b: 2n },
  { a: "six", v: 6n, b: 3n },
  { a: "minus seven", v: -7n, b: 2n },
];
const FLAGS = [
  { a: "both", v: true, b: true },
  { a: "one", v: true, b: false },
  { a: "none", v: false, b: false },
];

/** `v <operator> b` compared with a constant. */
function calculated(operator: string, documents: readonly object[], result: Value) {
  return kept(documents, (q) => q["eq"]?.(q[operator]?.(field(q, "v"), field(q, "b")), result));
}

/** Every operator of `ctx.db.query(…).filter(…)`. */
export const filterCases = [
  ...comparisonCases(),
  ...gives("filter", {
    "add of floats": calculated("add", NUMBERS, 9),
    "sub of floats": calculated("sub", NUMBERS, 5),
    "mul of floats": calculated("mul", NUMBERS, 14),
    "div of floats": calculated("div", NUMBERS, 3.5),
    "mod of floats": calculated("mod", NUMBERS, 1),
    "mod of a negative float": calculated("mod", NUMBERS, -1),
    "add of int64": calculated("add", BIGINTS, 9n),
    "sub of int64": calculated("sub", BIGINTS, 5n),
    "mul of int64": calculated("mul", BIGINTS, 14n),
    "div of int64": calculated("div", BIGINTS, 3n),
    "div of a negative int64": calculated("div", BIGINTS, -3n),
    "mod of int64": calculated("mod", BIGINTS, 1n),
    "division of a float by zero": kept([{ a: "one", v: 1 }], (q) =>
      q["gt"]?.(q["div"]?.(field(q, "v"), 0), 1e300),
    ),
    "neg of a float": kept(NUMBERS, (q) => q["eq"]?.(q["neg"]?.(field(q, "v")), -7)),
    "neg of an int64": kept(BIGINTS, (q) => q["eq"]?.(q["neg"]?.(field(q, "v")), -7n)),
    and: kept(FLAGS, (q) => q["and"]?.(field(q, "v"), field(q, "b"))),
    or: kept(FLAGS, (q) => q["or"]?.(field(q, "v"), field(q, "b"))),
    not: kept(FLAGS, (q) => q["not"]?.(field(q, "v"))),
    "and of none": kept(FLAGS, (q) => q["and"]?.()),
    "or of none": kept(FLAGS, (q) => q["or"]?.()),
    "the id": (t) =>
      t.run(async (ctx) => {
        await ctx.db.insert("values", { v: 1 });
        const id = await ctx.db.insert("values", { v: 2 });
        const found = await ctx.db
          .query("values")
          .filter((q) => q.eq(q.field("_id"), id))
          .collect();
        return found.map(({ v }) => v);
      }),
    "a nested field": kept(
      [
        { a: "deep", v: { x: { y: 1 } } },
        { a: "flat", v: { x: 1 } },
      ],
      (q) => q["eq"]?.(field(q, "v.x.y"), 1),
    ),
    "a nested field that is missing": kept([{ a: "flat", v: { x: 1 } }], (q) =>
      q["eq"]?.(field(q, "v.x.y"), undefined),
    ),
    "two fields of one document": kept(
      [
        { a: "same", v: 1, b: 1 },
        { a: "other", v: 1, b: 2 },
      ],
      (q) => q["eq"]?.(field(q, "v"), field(q, "b")),
    ),
    "a constant": kept(FLAGS, () => true),
    "one after another": (t) =>
      t.run(async (ctx) => {
        for (let v = 0; v < 6; v++) {
          await ctx.db.insert("values", { v });
        }
        const found = await ctx.db
          .query("values")
          .filter((q) => q.gt(q.field("v"), 1 as never))
          .filter((q) => q.lt(q.field("v"), 4 as never))
          .collect();
        return found.map(({ v }) => v);
      }),
  }),
  ...refuses("filter", {
    "add of a text": kept(NUMBERS, (q) => q["eq"]?.(q["add"]?.(field(q, "a"), 1), 1)),
    "add of a float and an int64": kept(NUMBERS, (q) =>
      q["eq"]?.(q["add"]?.(field(q, "v"), 1n), 1),
    ),
    "and of a number": kept(NUMBERS, (q) => q["and"]?.(field(q, "v"), true)),
    "not of a number": kept(NUMBERS, (q) => q["not"]?.(field(q, "v"))),
    "neg of a text": kept(NUMBERS, (q) => q["eq"]?.(q["neg"]?.(field(q, "a")), 1)),
    "int64 division by zero": kept(BIGINTS, (q) => q["eq"]?.(q["div"]?.(field(q, "v"), 0n), 1n)),
    "something that is no boolean": kept(NUMBERS, (q) => field(q, "v")),
  }),
];
