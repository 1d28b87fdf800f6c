import {
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
} from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { FailedKeyTries } from "../../src/engine/admin/FailedKeyTries.ts";
import {
  FREE_FAILED_TRIES,
  MAX_FAILED_TRY_SOURCES,
  MAX_HELD_REFUSALS,
} from "../../src/engine/limits.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { systemRandom } from "../../src/hosts/node/systemPorts.ts";
import { openDoors } from "../../src/hosts/openDoors.ts";
import { serveTestEngine, TEST_ENGINE_ADMIN_KEY } from "../support/engineServer.ts";
import { manualTime } from "../support/manualTime.ts";
import { openSchedulerEngine } from "../support/schedulerEngine.ts";
import { silentLog } from "../support/testEngine.ts";

const modules = {
  notes: {
    count: internalQueryGeneric({
      args: {},
      handler: async ({ db }) => (await db.query("notes").collect()).length,
    }),
    add: internalMutationGeneric({
      args: { text: v.string(), password: v.optional(v.string()), reason: v.optional(v.string()) },
      handler: async ({ db }, { text }) => {
        const id = await db.insert("notes", { text });
        if (text === "bad") {
          throw new Error("no such note");
        }
        return id;
      },
    }),
    send: internalActionGeneric({ args: {}, handler: async () => "sent" }),
    peek: internalQueryGeneric({
      args: { table: v.string() },
      handler: async ({ db }, { table }) => await db.query(table).collect(),
    }),
  },
};

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function serve(store = openMemoryStore()) {
  const server = await serveTestEngine(modules, { store });
  const ask = async (
    path: string,
    {
      key = TEST_ENGINE_ADMIN_KEY,
      body,
      headers = {},
    }: { key?: string; body?: object; headers?: object } = {},
  ): Promise<Answer> => {
    const response = await fetch(server.url + path, {
      headers: { authorization: `Convex ${key}`, ...headers },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  };
  const run = (path: string, args: object, options: { key?: string; headers?: object } = {}) =>
    ask("/api/function", { ...options, body: { path, args } });
  const create = async (name: string, role: string): Promise<string> =>
    String((await ask("/api/v1/create_admin_key", { body: { name, role } })).body["key"]);
  const actions = async (): Promise<Record<string, unknown>[]> => {
    const paginationOpts = { numItems: 100, cursor: null };
    const args = { table: "_operator_actions", order: "asc", paginationOpts };
    const { body } = await run("_system/cli/tableData", args);
    return (body["value"] as { page: Record<string, unknown>[] }).page;
  };
  return { server, store, ask, run, create, actions };
}

describe("Q1 keys of admins", () => {
  test("Q1 only the hash of a key is kept, and its table is shown to nobody", async () => {
    const { store, create, run } = await serve();
    const key = await create("ann", "admin");
    expect(key).toMatch(/^tollgate_admin_[0-9a-f]{64}$/);
    const tables = store.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const everything = tables.map(([name]) =>
      JSON.stringify(store.prepare(`SELECT * FROM "${name}"`).all()),
    );
    expect(everything.join()).not.toContain(key.slice(-64));
    const paginationOpts = { numItems: 10, cursor: null };
    const shown = await run("_system/cli/tableData", {
      table: "_admin_keys",
      order: "asc",
      paginationOpts,
    });
    expect(shown.body["status"]).toBe("error");
    expect((await run("notes:peek", { table: "_admin_keys" })).body["status"]).toBe("error");
    expect((await run("notes:peek", { table: "_operator_actions" })).body["status"]).toBe("error");
  });

  test("Q1 a key lives on over a restart, is rotated with an overlap, and ends when it is revoked", async () => {
    const first = await serve();
    const old = await first.create("ann", "admin");
    await first.server.close();
    const { ask, run } = await serve(first.store);
    const works = async (key: string) => (await run("notes:count", {}, { key })).status === 200;
    expect(await works(old)).toBe(true);
    const rotated = await ask("/api/v1/rotate_admin_key", {
      body: { name: "ann", overlapSeconds: 60 },
    });
    const next = String(rotated.body["key"]);
    expect([await works(old), await works(next)]).toEqual([true, true]);
    await ask("/api/v1/rotate_admin_key", { body: { name: "ann", overlapSeconds: 0 } });
    expect(await works(next)).toBe(false);
    await ask("/api/v1/revoke_admin_key", { body: { name: "ann" } });
    expect(await works(old)).toBe(false);
    const { body } = await ask("/api/v1/list_admin_keys");
    expect(body["keys"]).toEqual([
      expect.objectContaining({
        name: "test",
        role: "admin",
        isGiven: true,
        lastUsedAtMs: expect.any(Number),
      }),
    ]);
  });

  test.each([
    ["create", { name: "Ann!", role: "admin" }, "AdminKeyNameInvalid"],
    ["create", { name: "ann", role: "root" }, "AdminKeyRoleInvalid"],
    ["create", { name: "test", role: "admin" }, "AdminKeyExists"],
    ["rotate", { name: "ann", overlapSeconds: 1 }, "AdminKeyNotFound"],
    ["rotate", { name: "test", overlapSeconds: -1 }, "AdminKeyOverlapInvalid"],
    ["rotate", { name: "test", overlapSeconds: 1 }, "AdminKeyIsGiven"],
    ["revoke", { name: "test" }, "AdminKeyIsGiven"],
  ])("Q1 %s %j is refused", async (verb, body, code) => {
    const { ask } = await serve();
    expect((await ask(`/api/v1/${verb}_admin_key`, { body })).body["code"]).toBe(code);
  });
});

describe("Q2 a read-only key", () => {
  test("Q2 reads and does nothing else", async () => {
    const { create, ask, run, actions } = await serve();
    const key = await create("reader", "read-only");
    expect(key).toMatch(/^tollgate_reader_/);
    expect((await run("notes:count", {}, { key })).body["value"]).toBe(0);
    expect((await ask("/api/v1/list_admin_keys", { key })).status).toBe(200);
    const refused = [
      await run("notes:add", { text: "x" }, { key }),
      await run("notes:send", {}, { key }),
      await run("_system/cli/queryEnvironmentVariables", {}, { key }),
      await ask("/api/mutation", { key, body: { path: "notes:add", args: { text: "x" } } }),
      await ask("/api/update_environment_variables", { key, body: { changes: [] } }),
      await ask("/api/v1/create_admin_key", { key, body: { name: "more", role: "admin" } }),
      await ask("/api/v1/rotate_admin_key", { key, body: { name: "reader", overlapSeconds: 0 } }),
      await ask("/api/v1/revoke_admin_key", { key, body: { name: "reader" } }),
    ];
    expect(refused.map(({ status, body }) => [status, body["code"]])).toEqual(
      refused.map(() => [403, "ReadOnlyAdminKey"]),
    );
    expect((await run("notes:count", {})).body["value"]).toBe(0);
    expect(await actions()).toHaveLength(1);
  });
});

describe("Q3 who tries keys", () => {
  test("Q3 is answered alike for every wrong key, later each time, and never in the way of a right one", async () => {
    const { ask, server } = await serve();
    const answers: Answer[] = [];
    for (let i = 0; i < 12; i++) {
      answers.push(
        await ask("/api/check_admin_key", { key: i % 2 === 0 ? "x" : `${TEST_ENGINE_ADMIN_KEY}x` }),
      );
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(server.engine.failedKeyTries.total).toBe(12);
    const startedAtMs = performance.now();
    expect((await ask("/api/check_admin_key")).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });

  test("Q3 takes a bounded memory, and beyond it is sent away", async () => {
    const { clock, timer, advance } = manualTime(1_000);
    const tries = new FailedKeyTries(clock, timer);
    for (let i = 0; i < 3 * MAX_FAILED_TRY_SOURCES; i++) {
      await tries.refused(`address ${i}`);
    }
    let refusals = 0;
    const held: Promise<unknown>[] = [];
    for (let i = 0; i < FREE_FAILED_TRIES + MAX_HELD_REFUSALS + 10; i++) {
      held.push(tries.refused("one").catch(() => refusals++));
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(refusals).toBe(10);
    await advance(4_000);
    await Promise.all(held);
  });
});

test("Q3 whoever tries too many keys at an HTTP action is told so, too", async () => {
  const time = manualTime(Date.now());
  const { engine } = openSchedulerEngine(modules, { time });
  const ports = { ...time, random: systemRandom, log: silentLog };
  const doors = openDoors(engine, ports);
  const headers = { authorization: "Convex wrong" };
  const ask = () => doors.fetch(new Request("http://localhost/hello", { headers }), "one");
  const asked = Array.from({ length: FREE_FAILED_TRIES + MAX_HELD_REFUSALS + 1 }, ask);
  const last = await (asked.at(-1) as Promise<Response>);
  expect(last.status).toBe(429);
  expect(await last.json()).toMatchObject({ code: "TooManyFailedKeys" });
  await time.advance(4_000);
  await Promise.all(asked);
});

describe("Q4 what an operator does", () => {
  test("Q4 is written down with it: who, when, what, why and how it ended", async () => {
    const { run, ask, create, actions } = await serve();
    const key = await create("ann", "admin");
    const headers = { "operator-reason": encodeURIComponent("ticket 7: größer") };
    await run("notes:add", { text: "good", password: "hunter2" }, { key, headers });
    await run("notes:add", { text: "bad", reason: "why not" }, { key });
    await run("notes:send", {}, { key });
    await run("notes:count", {}, { key });
    await ask("/api/update_environment_variables", {
      key,
      body: { changes: [{ name: "PIN", value: "1234" }] },
    });
    const rows = await actions();
    expect(rows).toMatchObject([
      { keyName: "test", action: "create_admin_key", status: "succeeded" },
      {
        ...{ keyName: "ann", role: "admin", action: "run_mutation", functionPath: "notes.js:add" },
        ...{ args: '{"text":"good","password":"[redacted]"}', reason: "ticket 7: größer" },
        ...{ status: "succeeded", result: expect.any(String), atMs: expect.any(Number) },
      },
      {
        action: "run_mutation",
        reason: "why not",
        status: "failed",
        result: expect.stringContaining("no such note"),
      },
      {
        action: "run_action",
        functionPath: "notes.js:send",
        status: "succeeded",
        result: '"sent"',
      },
      { action: "set_environment_variables", args: '{"names":["PIN"]}' },
    ]);
    expect((await run("notes:count", {})).body["value"]).toBe(1);
    expect(JSON.stringify(rows)).not.toMatch(/hunter2|1234"|tollgate_admin_/);
  });

  test("Q4 shows no value of an argument that was refused", async () => {
    const { run, create, actions } = await serve();
    const key = await create("ann", "admin");
    await run("notes:add", { password: "hunter2", ownerId: "somebody" }, { key });
    const rows = await actions();
    expect(rows.at(-1)).toMatchObject({ status: "failed" });
    expect(JSON.stringify(rows)).toContain("missing the required field");
    expect(JSON.stringify(rows)).not.toMatch(/hunter2|somebody/);
  });
});
