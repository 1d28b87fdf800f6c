import {
  ConvexProvider,
  ConvexReactClient,
  useMutation,
  usePaginatedQuery,
  useQuery,
} from "convex/react";
import {
  anyApi,
  defineSchema,
  defineTable,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  paginationOptsValidator,
  queryGeneric as query,
} from "convex/server";
import { v } from "convex/values";
import { createElement, type ReactElement } from "react";
// The package has no types of its own; what is used of it is named here.
// @ts-expect-error see above
import { create } from "react-test-renderer";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { serveTestEngine } from "../support/engineServer.ts";

const schema = defineSchema({ notes: defineTable({ text: v.string() }) });

const notes = {
  add: mutation({
    args: { text: v.string() },
    handler: (ctx, args) => ctx.db.insert("notes", args),
  }),
  all: query({
    args: {},
    handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text),
  }),
  page: query({
    args: { paginationOpts: paginationOptsValidator },
    handler: (ctx, { paginationOpts }) => ctx.db.query("notes").paginate(paginationOpts),
  }),
  secret: internalQuery({ args: {}, handler: () => "secret" }),
};

const functions = anyApi["notes"] as unknown as Record<string, never>;

interface Rendered {
  unmount(): void;
}
const rendered: Rendered[] = [];
const clients: ConvexReactClient[] = [];

// The renderer says on the console that it is deprecated; it is the one that needs no browser.
beforeAll(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(async () => {
  for (const each of rendered.splice(0)) {
    each.unmount();
  }
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** Renders a component below a real client; the component tells what it saw. */
function render(url: string, component: () => ReactElement | null): void {
  const client = new ConvexReactClient(url, { skipConvexDeploymentUrlCheck: true });
  clients.push(client);
  const children = createElement(component);
  rendered.push(create(createElement(ConvexProvider, { client, children })) as Rendered);
}

async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 5_000, interval: 10 });
}

describe("E14 React components", () => {
  test("see a query's value change when a mutation of theirs commits", async () => {
    const server = await serveTestEngine({ schema: { default: schema }, notes });
    let seen: string[] | undefined;
    let add: ((args: { text: string }) => Promise<unknown>) | undefined;
    render(server.url, () => {
      seen = useQuery(functions["all"] as never) as string[] | undefined;
      add = useMutation(functions["add"] as never) as unknown as typeof add;
      return null;
    });
    await eventually(() => expect(seen).toEqual([]));
    await add?.({ text: "first" });
    await eventually(() => expect(seen).toEqual(["first"]));
  });

  test("page through a table without gaps while it grows", async () => {
    const server = await serveTestEngine({ schema: { default: schema }, notes });
    const insert = (text: string) =>
      server.engine.call("notes:add", "Mutation", { text }, { audience: "client", identity: null });
    for (let i = 0; i < 5; i++) {
      await insert(`note ${i}`);
    }
    let paged: { results: { text: string }[]; status: string; loadMore(count: number): void } = {
      results: [],
      status: "LoadingFirstPage",
      loadMore: () => undefined,
    };
    render(server.url, () => {
      paged = usePaginatedQuery(functions["page"] as never, {} as never, {
        initialNumItems: 3,
      }) as unknown as typeof paged;
      return null;
    });
    const texts = () => paged.results.map(({ text }) => text);
    await eventually(() => expect(texts()).toEqual(["note 0", "note 1", "note 2"]));
    paged.loadMore(10);
    await eventually(() => expect(paged.status).toBe("Exhausted"));
    await insert("note 5");
    await eventually(() => expect(texts()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `note ${i}`)));
  });

  test("get for an internal function the error of one that does not exist", async () => {
    const server = await serveTestEngine({ schema: { default: schema }, notes });
    const client = new ConvexReactClient(server.url, { skipConvexDeploymentUrlCheck: true });
    clients.push(client);
    const error = await client.query(functions["secret"] as never).then(
      () => null,
      (thrown: Error) => thrown.message,
    );
    expect(error).toContain("Could not find public function for 'notes:secret'.");
  });
});
