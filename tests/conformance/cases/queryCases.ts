import { type ConformanceCase, type Deployment, gives, refuses } from "../conformanceCase.ts";

type Ctx = Parameters<Parameters<Deployment["run"]>[0]>[0];

async function numbers(ctx: Ctx, count: number): Promise<void> {
  for (let v = 0; v < count; v++) {
    await ctx.db.insert("values", { v, a: v % 3 });
  }
}

/** Five numbers, then what the query gives. */
function afterFive(read: (ctx: Ctx) => Promise<unknown>): ConformanceCase["run"] {
  return (t) =>
    t.run(async (ctx) => {
      await numbers(ctx, 5);
      return await read(ctx);
    });
}

const vOf = (documents: readonly Record<string, unknown>[]) => documents.map(({ v }) => v);

interface Paging {
  pageSize: number;
  order?: "asc" | "desc";
  onlyEven?: boolean;
  between?(t: Deployment, page: number): Promise<unknown>;
}

/** Reads every page in a transaction of its own; shows each page's values and whether it was the last. */
function pages({ pageSize, order = "asc", onlyEven = false, between }: Paging) {
  return async (t: Deployment) => {
    await t.run((ctx) => numbers(ctx, 7));
    const seen: unknown[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 12; page++) {
      const result: { page: Record<string, unknown>[]; isDone: boolean; continueCursor: string } =
        await t.run(async (ctx) => {
          const ordered = ctx.db.query("values").withIndex("by_v").order(order);
          const query = onlyEven
            ? ordered.filter((q) => q.eq(q.mod(q.field("v") as never, 2), 0 as never))
            : ordered;
          return await query.paginate({ numItems: pageSize, cursor });
        });
      seen.push([...vOf(result.page), result.isDone ? "done" : "more"]);
      cursor = result.continueCursor;
      if (result.isDone) {
        return seen;
      }
      await between?.(t, page);
    }
    return seen;
  };
}

/** Reading queries to an end, and in pages. */
export const queryCases = [
  ...gives("query", {
    collect: afterFive(async (ctx) => vOf(await ctx.db.query("values").collect())),
    "collect, descending": afterFive(async (ctx) =>
      vOf(await ctx.db.query("values").order("desc").collect()),
    ),
    "of an empty table": (t) => t.run((ctx) => ctx.db.query("values").collect()),
    "of a table that does not exist": (t) =>
      t.run((ctx) => ctx.db.query("nothing" as never).collect()),
    take: afterFive(async (ctx) => vOf(await ctx.db.query("values").take(2))),
    "take, descending": afterFive(async (ctx) =>
      vOf(await ctx.db.query("values").order("desc").take(2)),
    ),
    "take none": afterFive(async (ctx) => vOf(await ctx.db.query("values").take(0))),
    "used twice": afterFive(async (ctx) => {
      const query = ctx.db.query("values");
      await query.collect();
      return vOf(await query.collect());
    }),
    "take more than there are": afterFive(async (ctx) => vOf(await ctx.db.query("values").take(9))),
    first: afterFive(async (ctx) => (await ctx.db.query("values").first())?.["v"]),
    "first, descending": afterFive(
      async (ctx) => (await ctx.db.query("values").order("desc").first())?.["v"],
    ),
    "first of none": (t) => t.run((ctx) => ctx.db.query("values").first()),
    "unique of one": (t) =>
      t.run(async (ctx) => {
        await ctx.db.insert("values", { v: 1 });
        return (await ctx.db.query("values").unique())?.["v"];
      }),
    "unique of none": (t) => t.run((ctx) => ctx.db.query("values").unique()),
    "async iteration": afterFive(async (ctx) => {
      const seen: unknown[] = [];
      for await (const document of ctx.db.query("values")) {
        seen.push(document["v"]);
      }
      return seen;
    }),
    "async iteration that stops": afterFive(async (ctx) => {
      for await (const document of ctx.db.query("values")) {
        if (document["v"] === 2) {
          return "stopped at 2";
        }
      }
      return "never stopped";
    }),
    "two at the same time": afterFive(async (ctx) => {
      const [up, down] = await Promise.all([
        ctx.db.query("values").collect(),
        ctx.db.query("values").order("desc").collect(),
      ]);
      return [vOf(up), vOf(down)];
    }),
    "filter, then take": afterFive(async (ctx) =>
      vOf(
        await ctx.db
          .query("values")
          .filter((q) => q.gte(q.field("v"), 2 as never))
          .take(2),
      ),
    ),
    "sees own deletes": afterFive(async (ctx) => {
      const first = await ctx.db.query("values").first();
      await ctx.db.delete(first?.["_id"] as never);
      return vOf(await ctx.db.query("values").collect());
    }),
    "pages that end evenly": pages({ pageSize: 7 }),
    "pages of two": pages({ pageSize: 2 }),
    "pages of two, descending": pages({ pageSize: 2, order: "desc" }),
    "pages of three with a filter": pages({ pageSize: 3, onlyEven: true }),
    "one page for all": pages({ pageSize: 50 }),
    "pages while documents are added before": pages({
      pageSize: 3,
      between: (t, page) => t.run((ctx) => ctx.db.insert("values", { v: -1 - page })),
    }),
    "pages while documents are added after": pages({
      pageSize: 3,
      between: (t, page) => t.run((ctx) => ctx.db.insert("values", { v: 100 + page })),
    }),
    "pages while the last one read is deleted": pages({
      pageSize: 3,
      between: (t) =>
        t.run(async (ctx) => {
          const document = await ctx.db
            .query("values")
            .withIndex("by_v", (q) => q.eq("v", 2))
            .first();
          if (document !== null) {
            await ctx.db.delete(document["_id"] as never);
          }
        }),
    }),
    "a page of an empty table": (t) =>
      t.run(async (ctx) => {
        const { page, isDone } = await ctx.db
          .query("values")
          .paginate({ numItems: 3, cursor: null });
        return { page, isDone };
      }),
    "a page up to an end cursor": async (t) => {
      await t.run((ctx) => numbers(ctx, 7));
      const first = await t.run((ctx) =>
        ctx.db.query("values").withIndex("by_v").paginate({ numItems: 3, cursor: null }),
      );
      await t.run((ctx) => ctx.db.insert("values", { v: 0.5 }));
      const again = await t.run((ctx) =>
        ctx.db
          .query("values")
          .withIndex("by_v")
          .paginate({ numItems: 3, cursor: null, endCursor: first.continueCursor } as never),
      );
      return [vOf(first.page), vOf(again.page), again.continueCursor === first.continueCursor];
    },
    "a page after the last cursor": async (t) => {
      await t.run((ctx) => numbers(ctx, 2));
      const last = await t.run((ctx) =>
        ctx.db.query("values").paginate({ numItems: 5, cursor: null }),
      );
      const after = await t.run((ctx) =>
        ctx.db.query("values").paginate({ numItems: 5, cursor: last.continueCursor }),
      );
      return [vOf(after.page), after.isDone];
    },
  }),
  ...refuses("query", {
    "unique of two": afterFive((ctx) => ctx.db.query("values").unique()),
    "take of a negative number": afterFive((ctx) => ctx.db.query("values").take(-1)),
    "take of a fraction": afterFive((ctx) => ctx.db.query("values").take(1.5)),
    "order given twice": afterFive((ctx) =>
      (ctx.db.query("values").order("asc") as never as { order(o: string): { collect(): never } })
        .order("desc")
        .collect(),
    ),
    "returned without reading": (t) =>
      t.run(async (ctx) => ({ q: ctx.db.query("values") }) as never),
    "a page of none": afterFive((ctx) =>
      ctx.db.query("values").paginate({ numItems: 0, cursor: null }),
    ),
    "two pages in one function": afterFive(async (ctx) => {
      await ctx.db.query("values").paginate({ numItems: 1, cursor: null });
      return await ctx.db.query("values").paginate({ numItems: 1, cursor: null });
    }),
    "a cursor that is none": afterFive((ctx) =>
      ctx.db.query("values").paginate({ numItems: 1, cursor: "nonsense" }),
    ),
  }),
];
