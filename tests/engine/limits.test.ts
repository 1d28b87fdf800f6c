import {
  actionGeneric as action,
  httpActionGeneric as httpAction,
  httpRouter,
  makeFunctionReference,
  mutationGeneric as mutation,
  queryGeneric as query,
} from "convex/server";
import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import {
  MAX_ARRAY_ELEMENTS,
  MAX_BYTES_READ,
  MAX_BYTES_WRITTEN,
  MAX_CALL_DEPTH,
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENTS_READ,
  MAX_DOCUMENTS_WRITTEN,
  MAX_HTTP_RESPONSE_BYTES,
  MAX_INDEX_RANGES_READ,
  MAX_OBJECT_FIELDS,
  MAX_QUERY_OPERATORS,
  MAX_SYSCALLS_MS,
  MAX_TABLES,
  MAX_TRANSACTION_FUNCTION_MS,
} from "../../src/engine/limits.ts";
import { UsageMeter } from "../../src/engine/transaction/UsageMeter.ts";
import { displayBytes } from "../../src/engine/values/displayBytes.ts";
import { utf8Bytes } from "../../src/engine/values/utf8Bytes.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { openTestEngine, testPorts } from "../support/testEngine.ts";

const MIB = 1024 * 1024;

function nested(levels: number): Value {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

const deeper = makeFunctionReference<"query">("limits:deeper");

const limits = {
  insert: mutation({ handler: (ctx, { field }) => ctx.db.insert("t", { field }) }),
  insertText: mutation({
    handler: (ctx, { length }: { length: number }) =>
      ctx.db.insert("t", { field: "x".repeat(length) }),
  }),
  tables: mutation(async (ctx, { count }: { count: number }) => {
    for (let i = 0; i < count; i++) {
      await ctx.db.insert(`t${i}`, {});
    }
  }),
  insertRefused: mutation(async (ctx) => {
    await ctx.db.insert("refused", { _underscore: 1 }).catch(() => undefined);
  }),
  count: query(async (ctx) => (await ctx.db.query("t").collect()).length),
  take: query((_, { value }) => value !== null),
  give: query((_, { text, times }: { text: string; times: number }) => text.repeat(times)),
  deeper: query(async (ctx, { levels }: { levels: number }): Promise<number> => {
    return levels === 0 ? 0 : 1 + (await ctx.runQuery(deeper, { levels: levels - 1 }));
  }),
  ranges: query(async (ctx, { count }: { count: number }) => {
    for (let i = 0; i < count; i++) {
      await ctx.db.query("t").first();
    }
    return count;
  }),
  operators: query(async (ctx, { count }: { count: number }) => {
    let found = ctx.db.query("t").filter((q) => q.eq(1, 1));
    for (let i = 1; i < count; i++) {
      found = found.filter((q) => q.eq(1, 1));
    }
    return (await found.collect()).length;
  }),
  metrics: mutation(async (ctx) => {
    const id = await ctx.db.insert("t", { field: "ü" });
    await ctx.db.get(id);
    await ctx.db.query("t").collect();
    return await ctx.meta.getTransactionMetrics();
  }),
  meta: mutation(async (ctx) => ({
    deployment: await ctx.meta.getDeploymentMetadata(),
    request: await ctx.meta.getRequestMetadata(),
  })),
  metaOfAction: action((ctx) => ctx.meta.getRequestMetadata()),
  commitTs: mutation(async (ctx) => {
    const before = ctx.meta.getSnapshotTs();
    const id = await ctx.db.insert("t", { at: ctx.db.vars.commitTs, text: '{"$commitTs":null}' });
    return { before, id };
  }),
  get: query((ctx, { id }: { id: never }) => ctx.db.get(id)),
};

const open = () => openTestEngine({ limits });

async function failure(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => expect.fail("it succeeded"),
    (error: Error) => error.message,
  );
}

describe("E23 a document", () => {
  test("may be 1 MiB long and no longer", async () => {
    const { call } = open();
    const overhead = await measuredOverhead(call);
    await call("limits:insertText", { length: MAX_DOCUMENT_BYTES - overhead });
    expect(
      await failure(call("limits:insertText", { length: MAX_DOCUMENT_BYTES - overhead + 1 })),
    ).toContain("Value is too large (1.00 MiB > maximum size 1 MiB)");
    expect(await call("limits:count")).toBe(2);
  });

  test("may be nested 16 levels and no deeper", async () => {
    const { call } = open();
    await call("limits:insert", { field: nested(15) });
    expect(await failure(call("limits:insert", { field: nested(16) }))).toContain(
      "Document is too nested (nested 17 levels deep > maximum nesting 16)",
    );
  });

  test("may hold 8192 elements in an array and 1024 fields in an object", async () => {
    const { call } = open();
    const array = (length: number) => Array.from({ length }, () => 0);
    const object = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`f${i}`, 0]));
    await call("limits:insert", { field: array(MAX_ARRAY_ELEMENTS) });
    await call("limits:insert", { field: object(MAX_OBJECT_FIELDS) });
    expect(await failure(call("limits:insert", { field: array(8_193) }))).toContain(
      "Array length is too long (8193 > maximum length 8192)",
    );
    expect(await failure(call("limits:insert", { field: object(1_025) }))).toContain(
      "Object has too many fields (1025 > maximum number 1024)",
    );
  });

  /** What a document holds besides its text: found by asking for the size of one. */
  async function measuredOverhead(call: (path: string, args?: object) => Promise<unknown>) {
    const id = await call("limits:insertText", { length: 0 });
    const document = (await call("limits:get", { id })) as Value;
    const { getConvexSize } = await import("convex/values");
    return getConvexSize(document);
  }
});

describe("E23 arguments and results", () => {
  test("may be nested 64 levels and no deeper", async () => {
    const { call } = open();
    await call("limits:take", { value: nested(63) });
    expect(await failure(call("limits:take", { value: nested(64) }))).toContain(
      "Value is too nested (nested 65 levels deep > maximum nesting 64)",
    );
  });

  test("of 16 MiB pass, measured in bytes and not in characters", async () => {
    const { call } = open();
    // [{value: text}]: 2 + 2 + "value" + 1 + 2 bytes around the text.
    const room = 16 * MIB - 12;
    expect(await call("limits:take", { value: "x".repeat(room) })).toBe(true);
    expect(await failure(call("limits:take", { value: "x".repeat(room + 1) }))).toBe(
      "Arguments for limits.js:take are too large (actual: 16.00 MiB, limit: 16 MiB)",
    );
    expect(await failure(call("limits:take", { value: "ü".repeat(room / 2 + 1) }))).toContain(
      "are too large",
    );
  });

  test("of numbers count 9 bytes each, however short their text", async () => {
    const { call } = open();
    const rows = Array.from({ length: 230 }, () => Array.from({ length: 8_192 }, () => 0));
    expect(await failure(call("limits:take", { value: rows }))).toContain("(actual: 16.17 MiB");
  });

  test("come back up to 16 MiB", async () => {
    const { call } = open();
    const half = { text: "ü", times: 8 * MIB - 1 };
    expect((await call("limits:give", half)) as string).toHaveLength(8 * MIB - 1);
    expect(await failure(call("limits:give", { ...half, times: 8 * MIB }))).toBe(
      "Function limits.js:give return value is too large (actual: 16.00 MiB, limit: 16 MiB)",
    );
  });
});

describe("E23 a transaction", () => {
  const help =
    "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

  function used(count: number, use: (usage: UsageMeter) => void): UsageMeter {
    const usage = new UsageMeter();
    for (let i = 0; i < count; i++) {
      use(usage);
    }
    return usage;
  }

  test.each<[string, number, (usage: UsageMeter) => void, string]>([
    [
      "reads 32,000 documents",
      MAX_DOCUMENTS_READ,
      (usage) => usage.countRead(1),
      `Too many documents read in a single function execution (limit: 32000). ${help}`,
    ],
    [
      "reads 16 MiB",
      16,
      (usage) => usage.countRead(MAX_BYTES_READ / 16),
      `Too many bytes read in a single function execution (limit: 16777216 bytes). ${help}`,
    ],
    [
      "reads 4,096 index ranges",
      MAX_INDEX_RANGES_READ,
      (usage) => usage.countRange(),
      `Too many reads in a single function execution (limit: 4096). ${help}`,
    ],
    [
      "writes 16,000 documents",
      MAX_DOCUMENTS_WRITTEN,
      (usage) => usage.countWrite(1),
      "Too many writes in a single function execution (limit: 16000)",
    ],
    [
      "writes 16 MiB",
      16,
      (usage) => usage.countWrite(MAX_BYTES_WRITTEN / 16),
      "Too many bytes written in a single function execution (limit: 16 MiB)",
    ],
  ])("that %s passes, and not one more", (_, count, use, text) => {
    const usage = used(count, use);
    expect(() => use(usage)).toThrow(text);
  });

  test("fails as a whole when it reads too many ranges", async () => {
    const { call } = open();
    expect(await call("limits:ranges", { count: MAX_INDEX_RANGES_READ })).toBe(4_096);
    expect(await failure(call("limits:ranges", { count: MAX_INDEX_RANGES_READ + 1 }))).toContain(
      "Too many reads in a single function execution (limit: 4096).",
    );
  });

  test("takes 256 operators in one query", async () => {
    const { call } = open();
    expect(await call("limits:operators", { count: MAX_QUERY_OPERATORS })).toBe(0);
    expect(await failure(call("limits:operators", { count: MAX_QUERY_OPERATORS + 1 }))).toContain(
      "more than 256 operators",
    );
  });

  test("goes 8 calls deep", async () => {
    const { call } = open();
    expect(await call("limits:deeper", { levels: MAX_CALL_DEPTH })).toBe(8);
    expect(await failure(call("limits:deeper", { levels: MAX_CALL_DEPTH + 1 }))).toContain(
      "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
    );
  });

  test("tells what it has used", async () => {
    const { call } = open();
    const metrics = (await call("limits:metrics")) as Record<string, Record<string, number>>;
    expect(metrics).toMatchObject({
      databaseQueries: { used: 1, remaining: 4_095 },
      documentsRead: { used: 2, remaining: 31_998 },
      documentsWritten: { used: 1, remaining: 15_999 },
      functionsScheduled: { used: 0, remaining: 1_000 },
      scheduledFunctionArgsBytes: { used: 0, remaining: 16 * MIB },
    });
    const { bytesRead } = metrics;
    expect((bytesRead?.["used"] as number) + (bytesRead?.["remaining"] as number)).toBe(16 * MIB);
  });
});

describe("E23 time", () => {
  /** An engine whose stopwatch the functions themselves move. */
  function openTimed() {
    const now = { elapsedMs: 0, busyMs: 0 };
    const stopwatch = { elapsedMs: () => now.elapsedMs, busyMs: () => now.busyMs };
    const work = (ms: number) => {
      now.elapsedMs += ms;
      now.busyMs += ms;
    };
    const timed = {
      work: mutation(async (ctx, { ms }: { ms: number }) => {
        await ctx.db.insert("t", { ms });
        work(ms);
      }),
      waitForProcessor: query(() => {
        now.elapsedMs += 60_000;
      }),
      loop: mutation(async (ctx) => {
        await ctx.db.insert("t", {});
        for (;;) {
          work(100);
          await ctx.db
            .query("t")
            .first()
            .catch(() => null);
        }
      }),
      count: query(async (ctx) => (await ctx.db.query("t").collect()).length),
    };
    const modules = new Map([["timed.js", timed]]);
    const engine = new Engine({ ...testPorts(), store: openMemoryStore(), modules, stopwatch });
    return async (path: string, args = {}) =>
      JSON.parse((await engine.call(`timed:${path}`, "any", args, INSIDER)).valueText);
  }

  const timedOut = "Function execution timed out (maximum duration: 1s)";

  test("of its own code may be one second, and a mutation that takes longer is undone", async () => {
    const call = openTimed();
    await call("work", { ms: MAX_TRANSACTION_FUNCTION_MS });
    expect(await failure(call("work", { ms: MAX_TRANSACTION_FUNCTION_MS + 1 }))).toBe(timedOut);
    expect(await call("count")).toBe(1);
  });

  test("that it waits for the processor does not count", async () => {
    await openTimed()("waitForProcessor");
  });

  test("ends a loop of awaited database calls, also one that catches every error", async () => {
    const call = openTimed();
    const looping = failure(call("loop"));
    expect(await call("count")).toBe(0);
    expect(await looping).toBe(timedOut);
  });

  test("of its database calls is not its own, and has a bound of 15 seconds", async () => {
    const { FunctionTime } = await import("../../src/engine/runtime/FunctionTime.ts");
    const now = { ms: 0 };
    const time = new FunctionTime({ elapsedMs: () => now.ms, busyMs: () => now.ms });
    const read = (ms: number) =>
      time.inSyscall(() => {
        now.ms += ms;
      });
    read(MAX_SYSCALLS_MS);
    expect(time.overrun()).toBeNull();
    read(1);
    expect(time.overrun()).toBe("Your request timed out performing too many system operations.");
  });

  test("is measured by the real clocks too", async () => {
    const spin = query((_, { ms }: { ms: number }) => {
      const startedAt = process.hrtime.bigint();
      while (process.hrtime.bigint() - startedAt < BigInt(ms) * 1_000_000n) {
        Math.sqrt(2);
      }
    });
    const { call } = openTestEngine({ spin: { spin } });
    await call("spin:spin", { ms: 50 });
    // Far over, as this thread may have to share the processor with others.
    expect(await failure(call("spin:spin", { ms: 5_000 }))).toBe(timedOut);
  });
});

describe("E23 an HTTP action's response", () => {
  const router = httpRouter();
  router.route({
    path: "/bytes",
    method: "POST",
    handler: httpAction(async (_, request) => {
      const length = Number(await request.text());
      return new Response(new Uint8Array(length), { status: 201, headers: { "x-own": "1" } });
    }),
  });

  async function answer(length: number): Promise<Response> {
    const { engine } = openTestEngine({ http: { default: router } });
    const request = new Request("http://localhost/bytes", { method: "POST", body: `${length}` });
    return await engine.handleHttp(request, null);
  }

  test("may be 20 MiB long, and breaks off when it is longer", async () => {
    const response = await answer(MAX_HTTP_RESPONSE_BYTES);
    expect(response.status).toBe(201);
    expect(response.headers.get("x-own")).toBe("1");
    expect((await response.arrayBuffer()).byteLength).toBe(MAX_HTTP_RESPONSE_BYTES);
    await expect((await answer(MAX_HTTP_RESPONSE_BYTES + 1)).arrayBuffer()).rejects.toThrow(
      "HttpResponseTooLarge: HTTP actions support responses up to 20 MiB",
    );
  });
});

describe("a function's surroundings", () => {
  test("tell the deployment, and the request without its address", async () => {
    const { call } = open();
    expect(await call("limits:meta")).toEqual({
      deployment: { name: "tollgate", region: null, class: "s16" },
      request: {
        ip: null,
        userAgent: null,
        requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
        scheduledFunctionId: null,
        authToken: null,
      },
    });
    expect(await call("limits:metaOfAction")).toMatchObject({ scheduledFunctionId: null });
  });

  test("give the commit's time, which is after every snapshot before it", async () => {
    const { call } = open();
    const { before, id } = (await call("limits:commitTs")) as {
      before: { $integer: string };
      id: string;
    };
    const stored = (await call("limits:get", { id })) as {
      at: { $integer: string };
      text: string;
    };
    const number = (value: { $integer: string }) =>
      Buffer.from(value.$integer, "base64").readBigInt64LE();
    expect(number(stored.at)).toBeGreaterThan(number(before));
    expect(stored.text).toBe('{"$commitTs":null}');
  });
});

test.each([
  ["", 0],
  ["abc", 3],
  ["é", 2],
  ["€", 3],
  ["😀", 4],
  ["\ud83d", 3],
  ["\ude00a", 4],
  ["a😀\ud83d", 8],
])("%j has %i bytes in UTF-8", (text, bytes) => {
  expect(utf8Bytes(text)).toBe(bytes);
  expect(new TextEncoder().encode(text)).toHaveLength(bytes);
});

test.each([
  [1023, "1023 B"],
  [1536, "1.50 KiB"],
  [16 * MIB, "16 MiB"],
  [16 * MIB + 1, "16.00 MiB"],
])("%i bytes are shown as %s", (bytes, text) => {
  expect(displayBytes(bytes)).toBe(text);
});

describe("E23 tables", () => {
  test("are at most as many as on Convex, and a mutation that wants more leaves none", async () => {
    const { call, engine } = openTestEngine({ limits });
    await expect(call("limits:tables", { count: MAX_TABLES + 1 })).rejects.toThrow(
      `A deployment has at most ${MAX_TABLES} tables.`,
    );
    expect(await call("_system/cli/tables", { paginationOpts })).toMatchObject({ page: [] });
    await engine.close();
  }, 30_000);

  test("are not made by an insert that is refused", async () => {
    const { call, engine } = openTestEngine({ limits });
    await call("limits:insertRefused");
    expect(await call("_system/cli/tables", { paginationOpts })).toMatchObject({ page: [] });
    await engine.close();
  });
});

const paginationOpts = { numItems: 10, cursor: null };
