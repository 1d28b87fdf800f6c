import { anyApi } from "convex/server";
import type { Value } from "convex/values";
import { type ConformanceCase, gives } from "../conformanceCase.ts";

const echo = anyApi["validated"] as never as { ofAny: never };

const VALUES: Record<string, Value> = {
  null: null,
  true: true,
  "float 0.1": 0.1,
  "negative zero": -0,
  "not a number": Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  "minus infinity": Number.NEGATIVE_INFINITY,
  "the largest safe integer": Number.MAX_SAFE_INTEGER,
  "the smallest float": 5e-324,
  "the largest int64": 2n ** 63n - 1n,
  "the smallest int64": -(2n ** 63n),
  "int64 zero": 0n,
  "empty text": "",
  "text with quotes": `"'\\\n\t`,
  "text beyond the basic plane": "𝒳 🎉",
  "text with a zero": "a\u0000b",
  "no bytes": new ArrayBuffer(0),
  bytes: new Uint8Array([0, 127, 128, 255]).buffer,
  "nested arrays": [[], [[1]], [null, "x"]],
  "nested objects": { a: { b: { c: [1n] } } },
  "field names of punctuation": { "a-b.c d!": 1 },
};

/** Each value, through arguments and result, and through a document. */
function roundTrips(): ConformanceCase[] {
  const runs: Record<string, ConformanceCase["run"]> = {};
  for (const [name, value] of Object.entries(VALUES)) {
    runs[`${name} as argument`] = (t) => t.query(echo.ofAny, { x: value } as never);
    runs[`${name} in a document`] = async (t) => {
      const id = await t.run((ctx) => ctx.db.insert("values", { v: value }));
      return ((await t.run((ctx) => ctx.db.get(id))) as { v: Value }).v;
    };
  }
  return gives("value", runs);
}

/** What values survive. */
export const valueCases = [
  ...roundTrips(),
  ...gives("value", {
    "undefined as a result is null": (t) => t.run(async () => undefined),
    "undefined fields of a result are dropped": (t) =>
      t.run(async () => Object.keys({ ...(await Promise.resolve({ a: 1, b: undefined })) }).length),
    "text order is that of UTF-8": (t) =>
      t.run(async (ctx) => {
        for (const v of ["\uffff", "🎉", "z", "é", "Z"]) {
          await ctx.db.insert("values", { v });
        }
        const found = await ctx.db.query("values").withIndex("by_v").collect();
        return found.map(({ v }) => v);
      }),
    "float order with signs and infinities": (t) =>
      t.run(async (ctx) => {
        for (const v of [0, -0, 1, -1, Infinity, -Infinity, 5e-324, 1e308]) {
          await ctx.db.insert("values", { v });
        }
        const found = await ctx.db.query("values").withIndex("by_v").collect();
        return found.map(({ v }) => String(Object.is(v, -0) ? "-0" : v));
      }),
    "int64 order": (t) =>
      t.run(async (ctx) => {
        for (const v of [0n, -1n, 1n, 2n ** 62n, -(2n ** 62n), 127n, 128n, -128n, -129n, 65536n]) {
          await ctx.db.insert("values", { v });
        }
        const found = await ctx.db.query("values").withIndex("by_v").collect();
        return found.map(({ v }) => v);
      }),
  }),
];
