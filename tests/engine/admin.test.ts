import { internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { INSIDER } from "../../src/engine/Engine.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore, openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { temporaryFolder } from "../hosts/temporaryFolder.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";
import { withCommits } from "../support/withCommits.ts";

const functions = {
  notes: {
    add: mutationGeneric({
      args: { table: v.string() },
      handler: ({ db }, { table }) => db.insert(table, { text: "x" }),
    }),
    environment: queryGeneric((_, { name }: { name: string }) => process.env[name] ?? null),
    callSystem: queryGeneric(({ runQuery }) =>
      runQuery("_system/cli/queryEnvironmentVariables" as never),
    ),
    hidden: internalMutationGeneric({ args: {}, returns: v.null(), handler: () => null }),
  },
};

const set: string[] = [];
afterEach(() => {
  for (const name of set.splice(0)) {
    delete process.env[name];
  }
});

/** A name that no other test uses, removed from the process afterwards. */
function freshName(): string {
  const name = `TEST_VARIABLE_${Math.random().toString(36).slice(2)}`;
  set.push(name);
  return name;
}

async function change({ engine }: TestEngine, name: string, value: string | null): Promise<void> {
  await engine.environmentVariables.update([{ name, value }]);
}

const PAGE = { paginationOpts: { numItems: 100, cursor: null } };

describe("E11 a system function", () => {
  test("tables lists the tables with documents, without the system's", async () => {
    const { call } = openTestEngine(functions);
    await call("notes:add", { table: "one" });
    await call("notes:add", { table: "two" });
    expect(await call("_system/cli/tables", PAGE)).toEqual({
      page: [{ name: "one" }, { name: "two" }],
      isDone: true,
      continueCursor: "end",
    });
  });

  test("tableData pages through a table, a system table, and one that is not there", async () => {
    const { call } = openTestEngine(functions);
    const ids = [];
    for (let i = 0; i < 3; i++) {
      ids.push(await call("notes:add", { table: "one" }));
    }
    const page = (await call("_system/cli/tableData", {
      table: "one",
      order: "desc",
      paginationOpts: { numItems: 2, cursor: null },
    })) as { page: { _id: string }[]; isDone: boolean };
    expect(page.page.map(({ _id }) => _id)).toEqual([ids[2], ids[1]]);
    expect(page.isDone).toBe(false);
    for (const table of ["_scheduled_functions", "never"]) {
      expect(await call("_system/cli/tableData", { table, order: "asc", ...PAGE })).toMatchObject({
        page: [],
        isDone: true,
      });
    }
  });

  test("indexes names the indexes of a table, and none of one that is not there", async () => {
    const { call } = openTestEngine(functions);
    await call("notes:add", { table: "one" });
    expect(await call("_system/frontend/indexes", { tableName: "one" })).toEqual([
      { name: "by_id", fields: ["_id"] },
      { name: "by_creation_time", fields: [] },
    ]);
    expect(await call("_system/frontend/indexes", { tableName: "never" })).toEqual([]);
  });

  test("tableSize counts, and queryTable differs with every change", async () => {
    const { call } = openTestEngine(functions);
    await call("notes:add", { table: "one" });
    expect(await call("_system/cli/tableSize", { tableName: "one" })).toBe(1);
    expect(await call("_system/cli/tableSize", { tableName: "never" })).toBe(0);
    const before = await call("_system/cli/queryTable", { tableName: "one" });
    expect(await call("_system/cli/queryTable", { tableName: "one" })).not.toBe(before);
  });

  test("apiSpec tells the type, visibility and validators of every function", async () => {
    const { call } = openTestEngine(functions);
    const spec = (await call("_system/cli/modules:apiSpec")) as { identifier: string }[];
    expect(spec.map(({ identifier }) => identifier)).toEqual([
      "notes.js:add",
      "notes.js:environment",
      "notes.js:callSystem",
      "notes.js:hidden",
    ]);
    expect(spec[0]).toEqual({
      identifier: "notes.js:add",
      functionType: "Mutation",
      visibility: { kind: "public" },
      args: {
        type: "object",
        value: { table: { fieldType: { type: "string" }, optional: false } },
      },
      returns: { type: "any" },
    });
    expect(spec[3]).toMatchObject({ visibility: { kind: "internal" }, returns: { type: "null" } });
  });

  test("does not exist for clients and for functions", async () => {
    const { call, engine } = openTestEngine(functions);
    const client = engine.call("_system/cli/tables", "Query", PAGE, {
      audience: "client",
      identity: null,
    });
    await expect(client).rejects.toThrow(
      "Could not find public function for '_system/cli/tables'.",
    );
    await expect(call("notes:callSystem")).rejects.toThrow(
      "Could not find function for '_system/cli/queryEnvironmentVariables'.",
    );
  });

  test.each<[string, string, object, (opened: TestEngine) => Promise<unknown>]>([
    ["tables", "_system/cli/tables", PAGE, ({ call }) => call("notes:add", { table: "new" })],
    [
      "tableData",
      "_system/cli/tableData",
      { table: "new", order: "desc", ...PAGE },
      ({ call }) => call("notes:add", { table: "new" }),
    ],
    [
      "queryEnvironmentVariables",
      "_system/cli/queryEnvironmentVariables",
      {},
      (opened) => change(opened, freshName(), "1"),
    ],
    [
      "a function, which may read the environment",
      "notes:environment",
      { name: "X" },
      (opened) => change(opened, freshName(), "1"),
    ],
  ])("that is watched runs again when its answer may change: %s", async (_, path, args, act) => {
    const opened = openTestEngine(functions);
    let touched = 0;
    const query = { path, args: args as never, journal: null, onTouched: () => touched++ };
    await opened.engine.queries.run(() => [query], INSIDER);
    expect(touched).toBe(0);
    await act(opened);
    expect(touched).toBe(1);
  });
});

describe("E12 an environment variable", () => {
  test("is seen by functions as soon as it is set, and no longer when it is removed", async () => {
    const opened = openTestEngine(functions);
    const name = freshName();
    await change(opened, name, "one");
    expect(await opened.call("notes:environment", { name })).toBe("one");
    await change(opened, name, "two");
    expect(await opened.call("notes:environment", { name })).toBe("two");
    expect(await opened.call("_system/cli/queryEnvironmentVariables:get", { name })).toEqual({
      name,
      value: "two",
    });
    await change(opened, name, null);
    expect(await opened.call("notes:environment", { name })).toBeNull();
    expect(await opened.call("_system/cli/queryEnvironmentVariables:get", { name })).toBeNull();
    expect(await opened.call("_system/cli/queryEnvironmentVariables")).toEqual([]);
  });

  test("is there again after a restart", async () => {
    const path = `${temporaryFolder()}/test.sqlite`;
    const name = freshName();
    const first = openNodeSqliteStore({ path });
    const opened = openTestEngine(functions, first);
    await change(opened, name, "kept");
    await opened.engine.close();
    first.close();
    expect(process.env[name]).toBeUndefined();
    const second = openNodeSqliteStore({ path });
    expect(await openTestEngine(functions, second).call("notes:environment", { name })).toBe(
      "kept",
    );
    second.close();
  });

  test("of the process wins, cannot be set, and is not told", async () => {
    const name = freshName();
    process.env[name] = "of the process";
    const opened = openTestEngine(functions);
    await expect(change(opened, name, "mine")).rejects.toMatchObject({
      code: "EnvVarNameForbidden",
      status: 400,
    });
    expect(await opened.call("notes:environment", { name })).toBe("of the process");
    expect(await opened.call("_system/cli/queryEnvironmentVariables:get", { name })).toBeNull();
    await change(opened, name, null);
    expect(process.env[name]).toBe("of the process");
  });

  test.each([
    ["NODE_TLS_REJECT_UNAUTHORIZED", "0", "EnvVarNameForbidden"],
    ["CONVEX_CLOUD_URL", "http://elsewhere", "EnvVarNameForbidden"],
    ["TOLLGATE_ADMIN_KEY", "mine", "EnvVarNameForbidden"],
    ["1ST", "x", "EnvironmentVariableNameInvalid"],
    ["A-B", "x", "EnvironmentVariableNameInvalid"],
    ["", "x", "EnvironmentVariableNameInvalid"],
    [`A${"a".repeat(256)}`, "x", "EnvironmentVariableNameTooLong"],
    ["A", "x".repeat(8 * 1024 + 1), "EnvironmentVariableValueTooLarge"],
    ["A", "é".repeat(4 * 1024 + 1), "EnvironmentVariableValueTooLarge"],
  ])("named %.40s is refused when it may not be: %#", async (name, value, code) => {
    const opened = openTestEngine(functions);
    const allowed = freshName();
    const changes = [
      { name: allowed, value: "x" },
      { name, value },
    ];
    await expect(opened.engine.environmentVariables.update(changes)).rejects.toMatchObject({
      code,
    });
    expect(await opened.call("_system/cli/queryEnvironmentVariables")).toEqual([]);
    expect(process.env[allowed]).toBeUndefined();
  });

  test("beyond 512, or 512 KiB together, is refused, and none of the request is made", async () => {
    const opened = openTestEngine(functions);
    const prefix = freshName();
    const many = (count: number, size: number) =>
      Array.from({ length: count }, (_, i) => {
        set.push(`${prefix}_${i}`);
        return { name: `${prefix}_${i}`, value: "x".repeat(size) };
      });
    const { environmentVariables } = opened.engine;
    await expect(environmentVariables.update(many(513, 1))).rejects.toMatchObject({
      code: "EnvVarLimitMet",
    });
    await expect(environmentVariables.update(many(65, 8_192))).rejects.toMatchObject({
      code: "EnvVarTotalSizeLimitMet",
    });
    expect(process.env[`${prefix}_0`]).toBeUndefined();
    await environmentVariables.update(many(512, 1));
    expect(process.env[`${prefix}_511`]).toBe("x");
  });

  test("keeps its value when the store fails", async () => {
    const store = openMemoryStore();
    const failing = { on: false };
    const opened = openTestEngine(functions, failingCommit(store, failing));
    const name = freshName();
    await change(opened, name, "before");
    failing.on = true;
    await expect(change(opened, name, "after")).rejects.toThrow(StoreError);
    await expect(change(opened, freshName(), "new")).rejects.toThrow(StoreError);
    failing.on = false;
    expect(await opened.call("notes:environment", { name })).toBe("before");
    expect(process.env[set.at(-1) ?? ""]).toBeUndefined();
    expect(await opened.call("_system/cli/queryEnvironmentVariables")).toMatchObject([
      { name, value: "before" },
    ]);
  });
});

/** A store whose batches cannot be committed while `failing` is on. */
function failingCommit(store: SqlStore, failing: { on: boolean }): SqlStore {
  return withCommits(store, () => {
    if (failing.on) {
      throw new StoreError("disk full");
    }
  });
}
