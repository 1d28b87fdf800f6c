import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import {
  type NodeSqliteStore,
  openMemoryStore,
  openNodeSqliteStore,
  StoreInUseError,
} from "../../src/hosts/node/nodeSqliteStore.ts";
import { sqlStoreContract } from "./sqlStoreContract.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const WRITER = join(import.meta.dirname, "batchWriter.ts");
const BATCH_ROWS = 20;

sqlStoreContract("a file", (use) => {
  const store = openNodeSqliteStore({ path: newPath() });
  try {
    use(store);
  } finally {
    store.close();
  }
});

sqlStoreContract("memory", (use) => {
  const store = openMemoryStore();
  try {
    use(store);
  } finally {
    store.close();
  }
});

describe("a store file", () => {
  test("keeps what was committed until it is opened again, and is one file when closed", () => {
    const path = newPath();
    const first = openNodeSqliteStore({ path });
    makeRows(first);
    first.batch.begin();
    addRow(first, 1);
    first.batch.commit();
    first.close();
    expect(readdirSync(join(path, ".."))).toEqual(["store.sqlite"]);
    expect(countRows(opened(path))).toBe(1);
  });

  test("forgets an open batch when it is closed, and a late rollback is harmless", () => {
    const path = newPath();
    const first = openNodeSqliteStore({ path });
    makeRows(first);
    first.batch.begin();
    addRow(first, 1);
    first.close();
    first.batch.rollback();
    expect(countRows(opened(path))).toBe(0);
  });

  test("can be read by its owner alone", () => {
    const path = newPath();
    makeRows(opened(path));
    for (const name of readdirSync(join(path, ".."))) {
      expect([name, statSync(join(path, "..", name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  test("is used by one process at a time, new or not", () => {
    const path = newPath();
    opened(path);
    expect(openingInAnotherProcess(path)).toBe("store_in_use");
    expect(() => openNodeSqliteStore({ path })).toThrow(StoreInUseError);
    // Still locked: the attempts above must not have dropped this process's own lock.
    expect(openingInAnotherProcess(path)).toBe("store_in_use");
  });

  test("is still used by one process at a time when it holds data already", () => {
    const path = newPath();
    const first = openNodeSqliteStore({ path });
    makeRows(first);
    first.close();
    opened(path);
    expect(openingInAnotherProcess(path)).toBe("store_in_use");
    expect(() => openNodeSqliteStore({ path })).toThrow(
      `another Tollgate is using ${path}: stop it, or give this one a data directory of its own`,
    );
  });

  test("that is no database, or cannot be made, is a StoreError naming it", () => {
    const path = newPath();
    writeFileSync(path, "this is not a database, but long enough to look at".repeat(100));
    for (const unusable of [path, join(path, "below-a-file"), join(path, "..")]) {
      expect(() => openNodeSqliteStore({ path: unusable })).toThrow(StoreError);
      expect(() => openNodeSqliteStore({ path: unusable })).toThrow(unusable);
    }
    expect(readFileSync(path, "utf8")).toMatch(/^this is not a database/);
  });

  test.skipIf(process.getuid?.() === 0)(
    "that may not be written is a StoreError that says so (the superuser may write anything)",
    () => {
      const path = newPath();
      openNodeSqliteStore({ path }).close();
      chmodSync(path, 0o400);
      expect(() => openNodeSqliteStore({ path })).toThrow(/permission denied/);
    },
  );

  test("says what it is", () => {
    const path = newPath();
    expect(opened(path).describe()).toMatch(new RegExp(`^${path} \\(SQLite 3\\.\\d+\\.\\d+\\)$`));
    expect(openMemoryStore().describe()).toMatch(/^memory \(SQLite 3\./);
  });

  test("is written to disk before a commit returns", () => {
    const store = opened(newPath());
    const setting = (name: string) => store.prepare(`PRAGMA ${name}`).all()[0]?.[0];
    const FULL = 2;
    expect(["journal_mode", "synchronous", "locking_mode"].map(setting)).toEqual([
      "wal",
      FULL,
      "exclusive",
    ]);
  });
});

describe("D1 E7 a process killed while it writes batches", () => {
  test("leaves all of every committed batch and nothing of the one it was in", async () => {
    const path = newPath();
    const committed = await killedWriter(path, { rowBytes: 4_000, stopInBatch: 5 });
    expect(committed).toBe(4);
    expect(wholeBatches(path)).toBe(4);
  });

  test("leaves nothing of a batch too large for memory, part of which is in the file", async () => {
    const path = newPath();
    const committed = await killedWriter(path, { rowBytes: 8_000_000, stopInBatch: 1 });
    expect(committed).toBe(0);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(1_000_000);
    expect(wholeBatches(path)).toBe(0);
  });

  test("does so at any moment, again and again on the same file", async () => {
    const path = newPath();
    for (const killAfterMs of [5, 17, 40, 90]) {
      const committed = await killedWriter(path, { rowBytes: 4_000, stopInBatch: 0, killAfterMs });
      // The last commit may have returned without its number having reached us.
      const stored = wholeBatches(path);
      expect(stored - committed).toBeGreaterThanOrEqual(0);
      expect(stored - committed).toBeLessThanOrEqual(1);
    }
  });
});

describe("a full disk", () => {
  test("fails the transaction with StoreError, half writes nothing, and is over when room comes", () => {
    const store = fullStore();
    expect(() => store.transaction(() => fill(store))).toThrow(StoreError);
    expect(countRows(store)).toBe(1);
    makeRoom(store);
    store.transaction(() => addRow(store, 2));
    expect(countRows(store)).toBe(2);
  });

  test("takes the whole batch with it: nothing later in the batch is stored, and commit fails", () => {
    const store = fullStore();
    store.batch.begin();
    store.transaction(() => addRow(store, 2));
    expect(() => store.transaction(() => fill(store))).toThrow(StoreError);
    expect(() => store.transaction(() => addRow(store, 3))).toThrow("rolled back");
    expect(() => addRow(store, 4)).toThrow("rolled back");
    expect(() => store.batch.commit()).toThrow(StoreError);
    store.batch.rollback();
    expect(countRows(store)).toBe(1);
    makeRoom(store);
    store.batch.begin();
    addRow(store, 5);
    store.batch.commit();
    expect(countRows(store)).toBe(2);
  });

  test("leaves rollback harmless after the batch was lost", () => {
    const store = fullStore();
    store.batch.begin();
    expect(() => fill(store)).toThrow(StoreError);
    store.batch.rollback();
    expect(countRows(store)).toBe(1);
  });

  test("cannot be swallowed inside a transaction: what follows is refused, not stored alone", () => {
    const store = fullStore();
    expect(() =>
      store.transaction(() => {
        expect(() => store.transaction(() => fill(store))).toThrow(StoreError);
        expect(() => addRow(store, 2)).toThrow("rolled back");
      }),
    ).toThrow(StoreError);
    expect(countRows(store)).toBe(1);
    store.transaction(() => countRows(store));
  });

  // Needs a program that changes another process's limits; the tests above cover the rest anywhere.
  test.skipIf(!existsSync("/usr/bin/prlimit"))(
    "or a failing write during commit loses that commit alone, and the file stays sound",
    () => {
      const store = opened(newPath());
      makeRows(store);
      let stored = 0;
      limitFileSize("200000");
      onTestFinished(() => limitFileSize("unlimited"));
      expect(() => {
        for (;;) {
          store.batch.begin();
          store.transaction(() => addRow(store, stored));
          store.batch.commit();
          stored += 1;
        }
      }).toThrow(StoreError);
      expect(countRows(store)).toBe(stored);
      limitFileSize("unlimited");
      store.transaction(() => addRow(store, stored));
      expect(countRows(store)).toBe(stored + 1);
      expect(store.prepare("PRAGMA integrity_check").all()).toEqual([["ok"]]);
    },
  );
});

function newPath(): string {
  return join(temporaryFolder(), "store.sqlite");
}

function opened(path: string): NodeSqliteStore {
  const store = openNodeSqliteStore({ path });
  onTestFinished(() => store.close());
  return store;
}

function makeRows(store: NodeSqliteStore): void {
  store.exec("CREATE TABLE rows (batch INTEGER NOT NULL, body BLOB NOT NULL)");
}

function addRow(store: NodeSqliteStore, batch: number): void {
  store.prepare("INSERT INTO rows VALUES (?, ?)").run(batch, new Uint8Array(4_000));
}

function countRows(store: NodeSqliteStore): unknown {
  return store.prepare("SELECT count(*) FROM rows").all()[0]?.[0];
}

/** A store with one row and room for a few more. */
function fullStore(): NodeSqliteStore {
  const store = opened(newPath());
  makeRows(store);
  addRow(store, 1);
  const [[pages] = []] = store.prepare("PRAGMA page_count").all();
  store.prepare(`PRAGMA max_page_count = ${Number(pages) + 5}`).all();
  return store;
}

function fill(store: NodeSqliteStore): void {
  for (let row = 0; row < 100; row += 1) {
    addRow(store, row);
  }
}

function makeRoom(store: NodeSqliteStore): void {
  store.prepare("PRAGMA max_page_count = 1000000").all();
}

/** For this whole process: no file may grow beyond it. Node ignores the signal that goes with it. */
function limitFileSize(bytes: string): void {
  execFileSync("/usr/bin/prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

function openingInAnotherProcess(path: string): string {
  const { stderr } = spawnSync(process.execPath, [WRITER, path], { encoding: "utf8" });
  return /code: '(\w+)'/.exec(stderr)?.[1] ?? stderr;
}

/** Runs the writer until it stops half way or `killAfterMs` after its first batch; the last number. */
async function killedWriter(
  path: string,
  options: { rowBytes: number; stopInBatch: number; killAfterMs?: number },
): Promise<number> {
  const { rowBytes, stopInBatch, killAfterMs } = options;
  const writer = spawn(process.execPath, [
    ...[WRITER, path],
    ...[BATCH_ROWS, rowBytes, stopInBatch].map(String),
  ]);
  let output = "";
  let errors = "";
  writer.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  writer.stdout.on("data", (chunk) => {
    if (killAfterMs !== undefined && output === "") {
      setTimeout(() => writer.kill("SIGKILL"), killAfterMs);
    }
    output += chunk;
    if (output.endsWith("half\n")) {
      writer.kill("SIGKILL");
    }
  });
  await once(writer, "close");
  expect([errors, writer.signalCode]).toEqual(["", "SIGKILL"]);
  return Math.max(0, ...(output.match(/^\d+$/gm) ?? []).map(Number));
}

/** How many batches the file holds; fails unless they are numbered without gaps and each is whole. */
function wholeBatches(path: string): number {
  const store = openNodeSqliteStore({ path });
  const batches = store
    .prepare("SELECT batch, count(*) FROM rows GROUP BY batch ORDER BY batch")
    .all();
  expect(store.prepare("PRAGMA integrity_check").all()).toEqual([["ok"]]);
  store.close();
  expect(batches).toEqual(batches.map((_, index) => [index + 1, BATCH_ROWS]));
  return batches.length;
}
