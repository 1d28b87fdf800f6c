import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import {
  actionGeneric as action,
  anyApi,
  defineSchema,
  defineTable,
  internalMutationGeneric as internalMutation,
  internalQueryGeneric as internalQuery,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { serveTestEngine, TEST_ENGINE_ADMIN_KEY } from "../support/engineServer.ts";
import { dataUrl, newSigningKey, signToken } from "../support/identityProvider.ts";

const schema = defineSchema({
  notes: defineTable({ owner: v.string(), text: v.string() }).index("by_owner", ["owner"]),
});

const runs: string[] = [];

const notes = {
  add: mutation({
    args: { owner: v.string(), text: v.string() },
    handler: (ctx, args) => ctx.db.insert("notes", args),
  }),
  of: query({
    args: { owner: v.string() },
    handler: async (ctx, { owner }) => {
      runs.push(owner);
      const found = await ctx.db
        .query("notes")
        .withIndex("by_owner", (q) => q.eq("owner", owner))
        .collect();
      return found.map(({ text }) => text);
    },
  }),
  page: query({
    args: { paginationOpts: v.any() },
    handler: async (ctx, { paginationOpts }) =>
      await ctx.db.query("notes").paginate(paginationOpts),
  }),
  whoAmI: query({
    args: {},
    handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null,
  }),
  large: query({
    args: { characters: v.number() },
    handler: (_ctx, { characters }) => "ü".repeat(characters),
  }),
  shout: action({
    args: { text: v.string() },
    handler: async (_ctx, { text }) => text.toUpperCase(),
  }),
  refuse: mutation({
    args: {},
    handler: async (ctx) => {
      await ctx.db.insert("notes", { owner: "refused", text: "never" });
      throw new ConvexError({ code: "refused", count: 3n });
    },
  }),
  removeText: mutation({
    args: { text: v.string() },
    handler: async (ctx, { text }) => {
      for (const note of await ctx.db.query("notes").collect()) {
        if (note["text"] === text) {
          await ctx.db.delete(note._id);
        }
      }
    },
  }),
  secret: internalQuery({
    args: {},
    handler: async (ctx) => (await ctx.db.query("notes").collect()).length,
  }),
  addSecretly: internalMutation({
    args: { owner: v.string() },
    handler: (ctx, { owner }) => ctx.db.insert("notes", { owner, text: "secret" }),
  }),
};

const modules = { schema: { default: schema }, notes };
// biome-ignore lint/suspicious/noExplicitAny: references of functions that have no generated types
const api = (anyApi as any).notes;

const clients: ConvexClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  runs.length = 0;
});

function connectTo(url: string): ConvexClient {
  const client = new ConvexClient(url, {
    skipConvexDeploymentUrlCheck: true,
    unsavedChangesWarning: false,
    logger: false,
  });
  clients.push(client);
  return client;
}

/** Everything that a subscription shows, in order. */
function watch(client: ConvexClient, reference: unknown, args: object) {
  const seen: unknown[] = [];
  let wake: () => void = () => undefined;
  const show = (value: unknown): void => {
    seen.push(value);
    wake();
  };
  const end = client.onUpdate(reference as never, args as never, show, (error) =>
    show(error.message),
  );
  const until = async (condition: (last: unknown) => boolean): Promise<unknown> => {
    while (seen.length === 0 || !condition(seen.at(-1))) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return seen.at(-1);
  };
  return { seen, end: () => end(), until };
}

/** A TCP connection in between, which can be cut without the client having a say. */
async function cuttable(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer((incoming) => {
    const outgoing = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  proxies.push(() => {
    cut();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, cut };
}

const proxies: (() => void)[] = [];
afterEach(() => {
  for (const end of proxies.splice(0)) {
    end();
  }
});

describe("E14 a live query", () => {
  test("shows a mutation's effect and is not run again for what it did not read", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const ann = watch(client, api.of, { owner: "ann" });
    const bob = watch(client, api.of, { owner: "bob" });
    await ann.until((texts) => Array.isArray(texts));
    await bob.until((texts) => Array.isArray(texts));
    runs.length = 0;
    await client.mutation(api.add, { owner: "ann", text: "one" });
    expect(await ann.until((texts) => (texts as string[]).length === 1)).toEqual(["one"]);
    expect(runs).toEqual(["ann"]);
    expect(bob.seen).toEqual([[]]);
  });

  test("shows what others write, and HTTP clients too", async () => {
    const { url } = await serveTestEngine(modules);
    const ann = watch(connectTo(url), api.of, { owner: "ann" });
    await ann.until((texts) => Array.isArray(texts));
    const http = new ConvexHttpClient(url, { skipConvexDeploymentUrlCheck: true });
    await http.mutation(api.add, { owner: "ann", text: "by http" });
    expect(await ann.until((texts) => (texts as string[]).length === 1)).toEqual(["by http"]);
  });

  test("is not run any more once nobody listens", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const ann = watch(client, api.of, { owner: "ann" });
    await ann.until((texts) => Array.isArray(texts));
    ann.end();
    runs.length = 0;
    await client.mutation(api.add, { owner: "ann", text: "unseen" });
    await client.mutation(api.add, { owner: "ann", text: "unseen" });
    expect(runs).toEqual([]);
  });

  test("that fails shows its error, and recovers when what it read allows", async () => {
    const { url } = await serveTestEngine({
      ...modules,
      strict: {
        first: query({
          args: {},
          handler: async (ctx) => {
            const found = await ctx.db.query("notes").first();
            if (found === null) {
              throw new ConvexError({ code: "nothing_yet" });
            }
            return found["text"];
          },
        }),
      },
    });
    const client = connectTo(url);
    const first = watch(client, anyApi["strict"]?.["first"], {});
    await first.until((text) => String(text).includes("nothing_yet"));
    await client.mutation(api.add, { owner: "ann", text: "now" });
    expect(await first.until((text) => text === "now")).toBe("now");
  });

  test("that comes larger than a frame may be arrives whole", async () => {
    const { url } = await serveTestEngine(modules);
    const characters = 4_000_000;
    const large = watch(connectTo(url), api.large, { characters });
    const text = await large.until((value) => typeof value === "string");
    expect(text).toBe("ü".repeat(characters));
  });

  test("is as new as the client's own mutation when that resolves", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const ann = watch(client, api.of, { owner: "ann" });
    await ann.until((texts) => Array.isArray(texts));
    for (let i = 1; i <= 20; i++) {
      await client.mutation(api.add, { owner: "ann", text: String(i) });
      expect(client.client.localQueryResult("notes:of", { owner: "ann" })).toHaveLength(i);
    }
  });

  test("goes on after a lost connection with what happened meanwhile", async () => {
    const server = await serveTestEngine(modules);
    const line = await cuttable(server.url);
    const ann = watch(connectTo(line.url), api.of, { owner: "ann" });
    await ann.until((texts) => Array.isArray(texts));
    line.cut();
    const http = new ConvexHttpClient(server.url, { skipConvexDeploymentUrlCheck: true });
    await http.mutation(api.add, { owner: "ann", text: "meanwhile" });
    expect(await ann.until((texts) => (texts as string[]).length === 1)).toEqual(["meanwhile"]);
  });

  test("pages stay without gaps or repeats while documents come and go", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    for (const text of ["1", "2", "3", "4"]) {
      await client.mutation(api.add, { owner: "ann", text });
    }
    type Page = { page: { text: string }[]; continueCursor: string };
    const textsOf = (page: unknown) => (page as Page).page.map(({ text }) => text);
    const first = watch(client, api.page, { paginationOpts: { numItems: 2, cursor: null } });
    const cursor = ((await first.until(() => true)) as Page).continueCursor;
    const second = watch(client, api.page, { paginationOpts: { numItems: 2, cursor } });
    await second.until(() => true);
    expect([first.seen.map(textsOf), second.seen.map(textsOf)]).toEqual([
      [["1", "2"]],
      [["3", "4"]],
    ]);
    await client.mutation(api.removeText, { text: "2" });
    await first.until((page) => textsOf(page).length === 1);
    expect(textsOf(first.seen.at(-1))).toEqual(["1"]);
    expect(second.seen).toHaveLength(1);
    expect((first.seen.at(-1) as Page).continueCursor).toBe(cursor);
  });
});

describe("E15 a mutation", () => {
  test("runs once when the connection breaks after the commit and before the answer", async () => {
    const server = await serveTestEngine(modules);
    const line = await cuttable(server.url);
    const client = connectTo(line.url);
    const ann = watch(client, api.of, { owner: "ann" });
    await ann.until((texts) => Array.isArray(texts));
    const end = server.engine.onCommit(() => {
      end();
      line.cut();
    });
    const [first, second] = await Promise.all([
      client.mutation(api.add, { owner: "ann", text: "once" }),
      client.mutation(api.add, { owner: "ann", text: "after" }),
    ]);
    expect(await ann.until((texts) => (texts as string[]).length > 1)).toEqual(["once", "after"]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^[0-9a-z]{32}$/);
  });

  test("waits for those that the client sent before it", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const texts = Array.from({ length: 30 }, (_, i) => String(i));
    await Promise.all(texts.map((text) => client.mutation(api.add, { owner: "ann", text })));
    expect(await client.query(api.of, { owner: "ann" })).toEqual(texts);
  });

  test("that fails tells its data and leaves nothing", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const error = await client.mutation(api.refuse, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConvexError);
    expect((error as ConvexError<{ code: string }>).data).toEqual({ code: "refused", count: 3n });
    expect(await client.query(api.of, { owner: "refused" })).toEqual([]);
  });
});

describe("E14 a user's token", () => {
  test("makes the queries of its connection the user's", async () => {
    const key = await newSigningKey("key-1");
    const issuer = "https://issuer.test";
    const provider = { type: "customJwt", issuer, algorithm: "RS256", jwks: dataUrl([key]) };
    const { url } = await serveTestEngine({
      ...modules,
      "auth.config": { default: { providers: [provider] } },
    });
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const tokenOf = (sub: string, seconds: number) =>
      signToken(key, { iss: issuer, sub, iat: nowSeconds, exp: nowSeconds + seconds });
    const client = connectTo(url);
    const who = watch(client, api.whoAmI, {});
    expect(await who.until(() => true)).toBeNull();
    client.setAuth(async () => await tokenOf("ann", 3_600));
    expect(await who.until((subject) => subject !== null)).toBe("ann");
  });
});

describe("actions", () => {
  test("run side by side and answer", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const answers = ["a", "b"].map((text) => client.action(api.shout, { text }));
    expect(await Promise.all(answers)).toEqual(["A", "B"]);
  });
});

describe("C1 internal functions over the WebSocket", () => {
  test.each([
    ["query", "notes:secret", "notes:secrex"],
    ["mutation", "notes:addSecretly", "notes:addSecretlx"],
    ["action", "notes:secret", "notes:secrex"],
  ] as const)(
    "read as a %s, word for word, as functions that do not exist",
    async (type, path, none) => {
      const { url } = await serveTestEngine(modules);
      const client = connectTo(url);
      const texts = await Promise.all(
        [path, none].map(async (each) => {
          const [module = "", name = ""] = each.split(":");
          const call = client[type].bind(client) as (
            called: unknown,
            args: object,
          ) => Promise<unknown>;
          const error = await call(anyApi[module]?.[name], {}).catch((thrown: unknown) => thrown);
          return String(error)
            .replaceAll(each, "PATH")
            .replace(/[0-9a-f]{16}/, "ID");
        }),
      );
      expect(texts[0]).toBe(texts[1]);
      expect(texts[0]).toContain("Could not find public function for 'PATH'.");
    },
  );

  test("answer admins, who may act as a user", async () => {
    const { url } = await serveTestEngine(modules);
    const client = connectTo(url);
    const setAdminAuth = (key: string, actingAs?: object) =>
      (
        client.client as unknown as { setAdminAuth(key: string, actingAs?: object): void }
      ).setAdminAuth(key, actingAs);
    const who = watch(client, api.whoAmI, {});
    expect(await who.until(() => true)).toBeNull();
    setAdminAuth(TEST_ENGINE_ADMIN_KEY, { issuer: "https://test", subject: "ann" });
    expect(await who.until((subject) => subject !== null)).toBe("ann");
    await client.mutation(api.addSecretly, { owner: "ann" });
    expect(await client.query(api.secret, {})).toBe(1);
    expect(await client.query(api.of, { owner: "ann" })).toEqual(["secret"]);
  });
});
