import { gives, refuses } from "../conformanceCase.ts";

/** `ctx.db.get`, `insert`, `patch`, `replace`, `delete` and `normalizeId`. */
export const documentCases = [
  ...gives("documents", {
    "insert gives an id that get reads": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann", age: 3 });
        return await ctx.db.get(id);
      }),
    "get with a table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        return await ctx.db.get("people", id as never);
      }),
    "get of a deleted document is null": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(id);
        return await ctx.db.get(id);
      }),
    "are there in the next transaction": async (t) => {
      const id = await t.run((ctx) => ctx.db.insert("people", { name: "ann" }));
      return await t.run((ctx) => ctx.db.get(id));
    },
    "creation times increase": (t) =>
      t.run(async (ctx) => {
        for (let i = 0; i < 5; i++) {
          await ctx.db.insert("people", { name: `p${i}` });
        }
        const times = (await ctx.db.query("people").collect()).map(
          (doc) => doc["_creationTime"] as number,
        );
        return times.every((time, i) => i === 0 || time > (times[i - 1] as number));
      }),
    "undefined fields are not stored": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann", age: undefined } as never);
        return Object.keys((await ctx.db.get(id)) as object).sort();
      }),
    "patch merges": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann", age: 3 });
        await ctx.db.patch(id, { age: 4, tags: ["x"] });
        return await ctx.db.get(id);
      }),
    "patch with undefined removes a field": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann", age: 3 });
        await ctx.db.patch(id, { age: undefined });
        return await ctx.db.get(id);
      }),
    "patch is shallow": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("values", { v: { x: 1, y: 2 } });
        await ctx.db.patch(id, { v: { z: 3 } });
        return await ctx.db.get(id);
      }),
    "patch of nothing leaves it": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch(id, {});
        return await ctx.db.get(id);
      }),
    "patch with a table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch("people", id as never, { name: "bob" });
        return await ctx.db.get(id);
      }),
    "patch may carry the document's own id and creation time": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        const before = (await ctx.db.get(id)) as object;
        await ctx.db.patch(id, { ...before, name: "bob" });
        return await ctx.db.get(id);
      }),
    "replace drops what it does not name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann", age: 3, tags: ["x"] });
        await ctx.db.replace(id, { name: "bob" });
        return await ctx.db.get(id);
      }),
    "replace keeps id and creation time": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        const before = (await ctx.db.get(id)) as { _creationTime: number };
        await ctx.db.replace("people", id as never, { name: "bob" });
        const after = (await ctx.db.get(id)) as { _creationTime: number; _id: string };
        return [after._id === id, after._creationTime === before._creationTime];
      }),
    "delete with a table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete("people", id as never);
        return await ctx.db.query("people").collect();
      }),
    "writes in one transaction are seen in order": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch(id, { age: 1 });
        await ctx.db.replace(id, { name: "bob" });
        await ctx.db.patch(id, { age: 2 });
        return await ctx.db.get(id);
      }),
    "a table that the schema does not name takes documents": (t) =>
      t.run(async (ctx) => {
        await ctx.db.insert("unlisted" as never, { anything: [1, "two", null] } as never);
        return await ctx.db.query("unlisted" as never).collect();
      }),
    "a stale update applies to the present document": async (t) => {
      const id = await t.run((ctx) => ctx.db.insert("people", { name: "ann", age: 1 }));
      await t.run((ctx) => ctx.db.patch(id, { age: 2 }));
      await t.run((ctx) => ctx.db.patch(id, { tags: ["late"] }));
      return await t.run((ctx) => ctx.db.get(id));
    },
    "normalizeId of an own id": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        return ctx.db.normalizeId("people", id as string) === id;
      }),
    "normalizeId of another table's id": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        return ctx.db.normalizeId("values", id as string);
      }),
    "normalizeId of a text": (t) => t.run(async (ctx) => ctx.db.normalizeId("people", "nonsense")),
    "normalizeId of an empty text": (t) => t.run(async (ctx) => ctx.db.normalizeId("people", "")),
    "normalizeId of a deleted document's id": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(id);
        return ctx.db.normalizeId("people", id as string) === id;
      }),
    "a transaction that throws leaves nothing": async (t) => {
      await t
        .run(async (ctx) => {
          await ctx.db.insert("people", { name: "gone" });
          throw new Error("no");
        })
        .catch(() => null);
      return await t.run((ctx) => ctx.db.query("people").collect());
    },
  }),
  ...refuses("documents", {
    "get of a text that is no id": (t) => t.run((ctx) => ctx.db.get("nonsense" as never)),
    "get with another table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        return await ctx.db.get("values", id as never);
      }),
    "patch of a deleted document": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(id);
        await ctx.db.patch(id, { name: "bob" });
      }),
    "replace of a deleted document": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(id);
        await ctx.db.replace(id, { name: "bob" });
      }),
    "delete of a deleted document": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(id);
        await ctx.db.delete(id);
      }),
    "patch of another id": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        const other = await ctx.db.insert("people", { name: "bob" });
        await ctx.db.patch(id, { _id: other } as never);
      }),
    "replace of another id": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        const other = await ctx.db.insert("people", { name: "bob" });
        await ctx.db.replace(id, { name: "ann", _id: other } as never);
      }),
    "patch of the creation time": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch(id, { _creationTime: 5 } as never);
      }),
    "patch with another table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.patch("values", id as never, {});
      }),
    "delete with another table's name": (t) =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete("values", id as never);
      }),
    "get of no id": (t) => t.run((ctx) => ctx.db.get(undefined as never)),
    "insert into a system table": (t) =>
      t.run((ctx) => ctx.db.insert("_scheduled_functions" as never, {} as never)),
    "insert of no document": (t) => t.run((ctx) => ctx.db.insert("people", undefined as never)),
    "insert of a value that is none": (t) =>
      t.run((ctx) => ctx.db.insert("values", { v: new Date(0) } as never)),
    "insert of a function": (t) => t.run((ctx) => ctx.db.insert("values", { v: () => 1 } as never)),
    "insert of a field that begins with a dollar": (t) =>
      t.run((ctx) => ctx.db.insert("values", { v: { $x: 1 } })),
    "insert of undefined in an array": (t) =>
      t.run((ctx) => ctx.db.insert("values", { v: [undefined] } as never)),
  }),
];
