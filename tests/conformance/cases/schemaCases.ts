import { type ConformanceCase, gives, refuses } from "../conformanceCase.ts";

function inserting(table: string, document: object): ConformanceCase["run"] {
  return (t) =>
    t.run(async (ctx) => {
      const id = await ctx.db.insert(table as never, document as never);
      return await ctx.db.get(id);
    });
}

/** What the schema lets in. */
export const schemaCases = [
  ...gives("schema", {
    "all fields": inserting("people", {
      name: "ann",
      age: 1.5,
      tags: ["x"],
      kind: "a",
      extra: { deep: { k: 1n } },
    }),
    "required fields only": inserting("people", { name: "ann" }),
    "a union's first member": inserting("shapes", { type: "circle", radius: 1 }),
    "a union's second member": inserting("shapes", { type: "square", side: 1 }),
    "an id of the right table": (t) =>
      t.run(async (ctx) => {
        const friend = await ctx.db.insert("people", { name: "bob" });
        const id = await ctx.db.insert("people", { name: "ann", friend });
        return ((await ctx.db.get(id)) as { friend: string }).friend === friend;
      }),
    "an error that is caught leaves the rest": (t) =>
      t.run(async (ctx) => {
        await ctx.db.insert("people", { name: "ann" });
        await ctx.db.insert("people", { name: 7 } as never).catch(() => null);
        return (await ctx.db.query("people").collect()).length;
      }),
  }),
  ...refuses("schema", {
    "a missing field": inserting("people", { age: 1 }),
    "an extra field": inserting("people", { name: "ann", color: "red" }),
    "a field of another kind": inserting("people", { name: 7 }),
    "an int64 for a number": inserting("people", { name: "ann", age: 1n }),
    "an element of another kind": inserting("people", { name: "ann", tags: ["x", 1] }),
    "a literal that is not in the union": inserting("people", { name: "ann", kind: "c" }),
    "a nested value of another kind": inserting("people", {
      name: "ann",
      extra: { deep: { k: 1 } },
    }),
    "no member of a union": inserting("shapes", { type: "circle", side: 1 }),
    "an id of another table": (t) =>
      t.run(async (ctx) => {
        const friend = await ctx.db.insert("values", {});
        await ctx.db.insert("people", { name: "ann", friend } as never);
      }),
    "a text for an id": inserting("people", { name: "ann", friend: "nobody" }),
    "a patch that no longer fits": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch(id, { name: undefined });
      }),
    "a replacement that does not fit": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.replace(id, { name: null } as never);
      }),
  }),
];
