import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import type { Caller, Engine } from "../../src/engine/Engine.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { parseTimestampText, timestampText } from "../../src/engine/sync/timestampText.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { manualTime } from "../support/manualTime.ts";
import { openSchedulerEngine } from "../support/schedulerEngine.ts";
import { syncClient } from "../support/syncClient.ts";

const START_MS = 1_700_000_000_000;
const TWO_WEEKS_MS = 14 * 24 * 3_600_000;
const CLIENT: Caller = { audience: "client", identity: null };

const modules = {
  notes: {
    add: mutation({
      args: { text: v.string() },
      handler: (ctx, args) => ctx.db.insert("notes", args),
    }),
    count: query({
      args: {},
      handler: async (ctx) => (await ctx.db.query("notes").collect()).length,
    }),
  },
};

function open(store: SqlStore = openMemoryStore(), startMs = START_MS) {
  return openSchedulerEngine(modules, { store, time: manualTime(startMs) });
}

function add(engine: Engine, requestId: number, sessionId = "s") {
  return engine.mutateOnce("notes:add", { text: "x" }, CLIENT, { sessionId, requestId });
}

describe("E16 timestamps", () => {
  test("increase strictly while the clock stands still and when it steps back", async () => {
    const { engine, store } = open();
    const given: bigint[] = [];
    for (let i = 0; i < 20; i++) {
      given.push((await add(engine, i)).timestamp);
    }
    expect(given.every((timestamp, i) => i === 0 || timestamp > (given[i - 1] as bigint))).toBe(
      true,
    );
    const later = open(store, START_MS - 3_600_000);
    expect(later.engine.timestamp).toBeGreaterThanOrEqual(given.at(-1) as bigint);
    expect((await add(later.engine, 99)).timestamp).toBeGreaterThan(later.engine.timestamp - 1n);
    expect((await add(later.engine, 100)).timestamp).toBeGreaterThan(given.at(-1) as bigint);
  });

  test("cost no write of their own but once in a minute", async () => {
    const { engine, store, time } = open();
    const bound = () =>
      store.prepare("SELECT value FROM convex_meta WHERE key = 'commitTimestampBound'").all();
    await add(engine, 0);
    const first = bound();
    await time.advance(30_000);
    await add(engine, 1);
    expect(bound()).toEqual(first);
    await time.advance(31_000);
    await add(engine, 2);
    expect(bound()).not.toEqual(first);
  });

  test("let a client that was here before the restart come back", async () => {
    const { engine, store } = open();
    await add(engine, 0);
    const observed = timestampText(engine.timestamp);
    const later = open(store, START_MS - 60_000);
    const client = syncClient(later.engine);
    client.connect({ maxObservedTimestamp: observed });
    client.add(1, "notes:count");
    const [transition] = await client.said();
    const version = transition?.["endVersion"] as { ts: string } | undefined;
    expect(parseTimestampText(version?.ts)).toBeGreaterThanOrEqual(
      parseTimestampText(observed) as bigint,
    );
    expect(client.closed()).toBeNull();
  });

  test("send away a client that has seen commits which the store has not", async () => {
    const { engine } = open();
    await add(engine, 0);
    const client = syncClient(engine);
    client.connect({ maxObservedTimestamp: timestampText(engine.timestamp + 1n) });
    await client.said();
    expect(client.closed()).toEqual({ code: 1011, reason: "InternalServerError" });
  });

  test("travel as 8 bytes, little-endian, and come back the same", () => {
    for (const timestamp of [0n, 1n, 1_700_000_000_000_000_000n, 2n ** 64n - 1n]) {
      expect(parseTimestampText(timestampText(timestamp))).toBe(timestamp);
    }
    expect(timestampText(1n)).toBe("AQAAAAAAAAA=");
    for (const wrong of ["", "AQ==", "AAAAAAAAAAAA", 7, null]) {
      expect(parseTimestampText(wrong)).toBeNull();
    }
  });
});

describe("E15 a request that comes again", () => {
  test("gets the first outcome, also after a restart, and has one effect", async () => {
    const { engine, store } = open();
    const first = await add(engine, 7);
    expect(await add(engine, 7)).toEqual(first);
    const later = open(store);
    expect(await add(later.engine, 7)).toEqual(first);
    expect(await later.call("notes:count")).toBe(1);
    await add(later.engine, 7, "another session");
    expect(await later.call("notes:count")).toBe(2);
  });

  test("while the first is still waiting has one effect", async () => {
    const { engine, call } = open();
    const [first, again] = await Promise.all([add(engine, 1), add(engine, 1)]);
    expect(again).toEqual(first);
    expect(await call("notes:count")).toBe(1);
  });

  test("runs when the first one failed", async () => {
    const { engine, call } = open();
    const request = { sessionId: "s", requestId: 1 };
    await expect(engine.mutateOnce("notes:add", {}, CLIENT, request)).rejects.toThrow(
      /ArgumentValidationError/,
    );
    await engine.mutateOnce("notes:add", { text: "x" }, CLIENT, request);
    expect(await call("notes:count")).toBe(1);
  });

  test("is forgotten after two weeks and not before", async () => {
    const { engine, store, time } = open();
    const kept = () => store.prepare("SELECT count(*) FROM documents_32").all()[0]?.[0];
    for (let i = 0; i < 4; i++) {
      await add(engine, i);
    }
    await time.advance(TWO_WEEKS_MS - 1_000);
    await add(engine, 10);
    expect(kept()).toBe(5);
    await time.advance(2_000);
    await add(engine, 11);
    await add(engine, 12);
    expect(kept()).toBe(3);
  });
});
