import type { GenericDataModel, GenericMutationCtx } from "convex/server";
import type { Value } from "convex/values";
import { type ConformanceCase, gives, refuses } from "../conformanceCase.ts";

/** Nests a number in so many arrays. */
function nested(levels: number): Value {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

/** The reason is the limit's; the text may quote the whole document. */
const insert =
  (value: Value): ConformanceCase["run"] =>
  async (t) => {
    await t.run((ctx) => ctx.db.insert("values", { v: value }));
    return null;
  };

const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 1]));
const rows = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Limits of documents and transactions, at the bound and one beyond it. */
export const limitCases = [
  ...gives("limit", {
    "a document of nearly a mebibyte": insert("x".repeat(2 ** 20 - 200)),
    "8192 elements": insert(rows(8_192)),
    "1024 fields": insert(fields(1_024)),
    "15 levels within a document": insert(nested(15)),
    "4096 queries": async (t) =>
      await t.run(async (ctx) => (await Promise.all(rows(4_096).map(() => read(ctx)))).length),
  }),
  ...refuses("limit", {
    "a document of more than a mebibyte": insert("x".repeat(2 ** 20)),
    "8193 elements": insert(rows(8_193)),
    "1025 fields": insert(fields(1_025)),
    "16 levels within a document": insert(nested(16)),
    "more than 4096 queries": async (t) =>
      await t.run(async (ctx) => {
        for (let i = 0; i <= 4_096; i++) {
          await read(ctx);
        }
      }),
    "more than 16,000 writes": async (t) =>
      await t.run(async (ctx) => {
        for (let i = 0; i <= 16_000; i++) {
          await ctx.db.insert("values", { v: i });
        }
      }),
  }),
];

async function read(ctx: GenericMutationCtx<GenericDataModel>): Promise<unknown> {
  return await ctx.db.query("values").first();
}
