import { anyApi } from "convex/server";
import { type ConformanceCase, gives, refuses } from "../conformanceCase.ts";

const validated = anyApi["validated"] as never as Record<string, never>;

function given(name: string, x: unknown): ConformanceCase["run"] {
  const args = x === undefined ? {} : { x };
  return (t) => t.query(validated[name] as never, args as never);
}

function returning(name: string, value: unknown): ConformanceCase["run"] {
  return (t) => t.query(validated[name] as never, { value } as never);
}

/** What arguments and results are let through. */
export const validatorCases = [
  ...gives("validator", {
    "a string": given("ofString", "text"),
    "a number": given("ofNumber", 1.5),
    "an int64": given("ofInt64", 5n),
    "a boolean": given("ofBoolean", false),
    null: given("ofNull", null),
    bytes: given("ofBytes", new ArrayBuffer(2)),
    anything: given("ofAny", [{ a: [1n] }]),
    "a literal": given("ofLiteral", "exact"),
    "an array": given("ofArray", [1, 2]),
    "an empty array": given("ofArray", []),
    "an object": given("ofObject", { y: "a", z: 1 }),
    "an object without its optional field": given("ofObject", { y: "a" }),
    "a record": given("ofRecord", { a: 1, b: 2 }),
    "a union's first member": given("ofUnion", "a"),
    "a union's second member": given("ofUnion", 1),
    "an optional argument": given("ofOptional", "a"),
    "an optional argument left out": given("ofOptional", undefined),
    "a nullable argument": given("ofNullable", null),
    "an id": async (t) => {
      const id = await t.run((ctx) => ctx.db.insert("people", { name: "ann" }));
      return await t.query(validated["ofId"] as never, { x: id } as never);
    },
    "an id of a deleted document": async (t) => {
      const id = await t.run(async (ctx) => {
        const made = await ctx.db.insert("people", { name: "ann" });
        await ctx.db.delete(made);
        return made;
      });
      return await t.query(validated["ofId"] as never, { x: id } as never);
    },
    "no validator takes any object": (t) =>
      t.query(validated["none"] as never, { a: { b: [1, "x", null] } } as never),
    "no arguments": (t) => t.query(validated["empty"] as never),
    "a result that fits": returning("returnsString", "text"),
    "a result that fits an object": returning("returnsObject", { a: 1 }),
    "undefined for a null result": (t) => t.query(validated["returnsNull"] as never),
  }),
  ...refuses("validator", {
    "a number for a string": given("ofString", 1),
    "a string for a number": given("ofNumber", "1"),
    "an int64 for a number": given("ofNumber", 1n),
    "a number for an int64": given("ofInt64", 1),
    "null for a boolean": given("ofBoolean", null),
    "false for null": given("ofNull", false),
    "a string for bytes": given("ofBytes", "AA=="),
    "another literal": given("ofLiteral", "inexact"),
    "a string for an array": given("ofArray", "x"),
    "an element of another kind": given("ofArray", [1, "x"]),
    "a string for an object": given("ofObject", "x"),
    "an array for an object": given("ofObject", []),
    "an object without a field": given("ofObject", { z: 1 }),
    "an object with an extra field": given("ofObject", { y: "a", w: 1 }),
    "a field of another kind": given("ofObject", { y: 1 }),
    "a record's value of another kind": given("ofRecord", { a: "x" }),
    "no member of a union": given("ofUnion", null),
    "null for an optional argument": given("ofOptional", null),
    "a missing argument": given("ofString", undefined),
    "an extra argument": (t) => t.query(validated["ofString"] as never, { x: "a", y: 1 } as never),
    "an argument for a function without": (t) =>
      t.query(validated["empty"] as never, { x: 1 } as never),
    "a text for an id": given("ofId", "nobody"),
    "an id of another table": async (t) => {
      const id = await t.run((ctx) => ctx.db.insert("values", {}));
      return await t.query(validated["ofId"] as never, { x: id } as never);
    },
    "a result of another kind": returning("returnsString", 1),
    "a result with an extra field": returning("returnsObject", { a: 1, b: 2 }),
    "a result without a field": returning("returnsObject", {}),
    "a mutation's result of another kind": (t) => t.mutation(validated["badReturnWrites"] as never),
  }),
];
