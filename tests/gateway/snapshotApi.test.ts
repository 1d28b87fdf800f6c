import { ConvexHttpClient } from "convex/browser";
import {
  anyApi,
  defineSchema,
  defineTable,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { serveTestEngine, TEST_ENGINE_ADMIN_KEY } from "../support/engineServer.ts";

const modules = {
  schema: {
    default: defineSchema({
      notes: defineTable({ owner: v.string() }).index("by_owner", ["owner"]),
    }),
  },
  "deep/notes": {
    add: mutation({
      args: { owner: v.string() },
      handler: (ctx, args) => ctx.db.insert("notes", args),
    }),
    count: query({
      args: { owner: v.string() },
      handler: async (ctx, { owner }) => {
        const found = ctx.db.query("notes").withIndex("by_owner", (q) => q.eq("owner", owner));
        return (await found.collect()).length;
      },
    }),
    hidden: internalQuery({ args: {}, handler: () => 7n }),
  },
};
// biome-ignore lint/suspicious/noExplicitAny: references of functions that have no generated types
const api = (anyApi as any).deep.notes;

async function open() {
  const { url } = await serveTestEngine(modules);
  const post = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, ...init });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const client = new ConvexHttpClient(url, { skipConvexDeploymentUrlCheck: true });
  return { client, post };
}

const ADMIN = { authorization: `Convex ${TEST_ENGINE_ADMIN_KEY}` };

describe("E14 queries over HTTP on one snapshot", () => {
  test("answer ConvexHttpClient.consistentQuery", async () => {
    const { client } = await open();
    await client.mutation(api.add, { owner: "ann" });
    expect(await client.consistentQuery(api.count, { owner: "ann" })).toBe(1);
    expect(await client.consistentQuery(api.count, { owner: "bob" })).toBe(0);
  });

  test("answer as of an older timestamp while what they read is as it was, and 503 after that", async () => {
    const { client, post } = await open();
    await client.mutation(api.add, { owner: "ann" });
    const { ts } = (await post("/api/query_ts")).body;
    const count = (owner: string) =>
      post("/api/query_at_ts", { path: "deep/notes:count", args: { owner }, ts });
    await client.mutation(api.add, { owner: "bob" });
    expect(await count("ann")).toEqual({ status: 200, body: { status: "success", value: 1 } });
    expect((await count("bob")).status).toBe(503);
  });

  test.each([["soon"], [null], ["//////////8="]])("refuse the timestamp %j", async (ts) => {
    const { post } = await open();
    const body = { path: "deep/notes:count", args: { owner: "ann" }, ts };
    expect(await post("/api/query_at_ts", body)).toMatchObject({
      status: 400,
      body: { code: "BadTimestamp" },
    });
  });

  test("answer in a batch, in order, each with its own format and failure", async () => {
    const { client, post } = await open();
    await client.mutation(api.add, { owner: "ann" });
    const queries = [
      { path: "deep/notes:count", args: { owner: "ann" } },
      { path: "deep/notes:hidden", args: {} },
      { path: "deep/notes:count", args: [{ owner: "bob" }] },
    ];
    const asClient = (await post("/api/query_batch", { queries })).body["results"];
    expect(asClient).toEqual([
      { status: "success", value: 1 },
      {
        status: "error",
        errorMessage: expect.stringContaining(
          "Could not find public function for 'deep/notes:hidden'.",
        ),
      },
      { status: "success", value: 0 },
    ]);
    const asAdmin = (await post("/api/query_batch", { queries }, ADMIN)).body["results"];
    expect((asAdmin as unknown[])[1]).toEqual({ status: "success", value: "7" });
    expect((await post("/api/query_batch", { queries: {} })).status).toBe(400);
  });
});

describe("E6 /api/run", () => {
  test("runs a function of any type by its path", async () => {
    const { post } = await open();
    const added = await post("/api/run/deep/notes/add", { args: { owner: "ann" } });
    expect(added.body["status"]).toBe("success");
    const counted = await post("/api/run/deep/notes/count", { args: { owner: "ann" } });
    expect(counted.body).toEqual({ status: "success", value: 1 });
    const hidden = await post("/api/run/deep/notes/hidden", { args: {} }, ADMIN);
    expect(hidden.body).toEqual({ status: "success", value: "7" });
  });

  test("C1 answers clients for internal functions, word for word, as for none", async () => {
    const { post } = await open();
    const texts = await Promise.all(
      ["hidden", "hiddex"].map(async (name) => {
        const answer = await post(`/api/run/deep/notes/${name}`, { args: {} });
        return JSON.stringify(answer)
          .replace(/[0-9a-f]{16}/, "ID")
          .replaceAll(name, "NAME");
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).toContain("Could not find function for 'deep/notes:NAME'.");
  });

  test.each(["/api/run/notes", "/api/run/", "/api/run/%E0%A4%A/x"])(
    "refuses the path %s",
    async (path) => {
      const { post } = await open();
      expect(await post(path, { args: {} })).toMatchObject({
        status: 400,
        body: { code: "MissingIdentifier" },
      });
    },
  );
});
