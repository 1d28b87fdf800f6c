import {
  anyApi,
  type GenericActionCtx,
  type GenericDataModel,
  type GenericMutationCtx,
} from "convex/server";
import type { Value } from "convex/values";
import { type ConformanceCase, gives, refuses } from "../conformanceCase.ts";

type Ctx = GenericMutationCtx<GenericDataModel>;

const failing = anyApi["failing"] as never as Record<string, never>;
const people = anyApi["people"] as never as Record<string, never>;
const kinds = anyApi["kinds"] as never as Record<string, never>;

const DATA: Record<string, Value> = {
  text: "why",
  number: 7,
  int64: 7n,
  null: null,
  boolean: false,
  array: [1, "x"],
  object: { code: "no", detail: { n: 1n } },
  bytes: new Uint8Array([1, 2]).buffer,
};

function withData(): ConformanceCase[] {
  const runs: Record<string, ConformanceCase["run"]> = {};
  for (const [name, data] of Object.entries(DATA)) {
    runs[`ConvexError of ${name}`] = (t) =>
      t.query(failing["withData"] as never, { data } as never);
  }
  return refuses("failure", runs);
}

/** How functions fail, what that undoes, and which functions can be called as what. */
export const failureCases = [
  ...withData(),
  ...refuses("failure", {
    "of a plain error": (t) => t.query(failing["plain"] as never),
    "of a typed error": (t) => t.query(failing["typed"] as never),
    "of an error object thrown twice": async (t) => {
      await t.query(failing["sharedError"] as never).catch(() => null);
      return await t.query(failing["sharedError"] as never);
    },
    "in an action": (t) => t.action(failing["inAction"] as never),
    "of an inline function": (t) =>
      t.run(async () => {
        throw new Error("inline");
      }),
    "a query called as mutation": (t) => t.mutation(kinds["q"] as never),
    "a mutation called as query": (t) => t.query(kinds["m"] as never),
    "a query called as action": (t) => t.action(kinds["q"] as never),
    "an action called as mutation": (t) => t.mutation(kinds["a"] as never),
    "a function that does not exist": (t) => t.query(kinds["nothing"] as never),
    "a module that does not exist": (t) =>
      t.query((anyApi["nowhere"] as never as Record<string, never>)["f"] as never),
    "an export that is no function": (t) => t.query(kinds["notAFunction"] as never),
  }),
  ...gives("failure", {
    "of a mutation leaves nothing": async (t) => {
      await t
        .mutation(failing["writeThenThrow"] as never, { name: "gone" } as never)
        .catch(() => null);
      return await t.query(people["names"] as never);
    },
    "of a mutation's result leaves nothing": async (t) => {
      await t
        .mutation(
          (anyApi["validated"] as never as Record<string, never>)["badReturnWrites"] as never,
        )
        .catch(() => null);
      return await t.query(people["names"] as never);
    },
  }),
  ...gives("kind", {
    query: (t) => t.query(kinds["q"] as never),
    mutation: (t) => t.mutation(kinds["m"] as never),
    action: (t) => t.action(kinds["a"] as never),
    "internal query": (t) => t.query(kinds["iq"] as never),
    "internal mutation": (t) => t.mutation(kinds["im"] as never),
    "internal action": (t) => t.action(kinds["ia"] as never),
    "default export": (t) => t.query(kinds["default"] as never),
    "module in a folder": (t) =>
      t.query(
        (anyApi["nested"] as never as Record<string, Record<string, never>>)["deep"]?.[
          "where"
        ] as never,
      ),
    "inline query": (t) =>
      t.query(async (ctx: Ctx) => (await ctx.db.query("people").collect()).length),
    "inline mutation": async (t) => {
      await t.mutation(async (ctx: Ctx) => {
        await ctx.db.insert("people", { name: "inline" });
      });
      return await t.query(people["names"] as never);
    },
    "inline action": (t) =>
      t.action(async (ctx: GenericActionCtx<GenericDataModel>) => {
        await ctx.runMutation(people["add"] as never, { name: "by inline action" } as never);
        return await ctx.runQuery(people["names"] as never);
      }),
  }),
];
