import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { decodeDocumentId, encodeDocumentId } from "../../src/engine/values/documentId.ts";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { exportSnapshot } from "../../src/hosts/node/snapshot/exportSnapshot.ts";
import { importSnapshot } from "../../src/hosts/node/snapshot/importSnapshot.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, makeLedger } from "../support/ledgers.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";
import { documentsIn, snapshotOf } from "./archives.ts";

const SECRET = "a-secret-that-an-admin-has-set";

/** The functions without crons: nothing happens by itself. */
const { crons: _, ...functions } = internalFunctions;

let here: string;
let there: string;
let archive: string;

beforeEach(async () => {
  here = await temporaryDirectory();
  there = await temporaryDirectory();
  archive = join(await temporaryDirectory(), "tollgate.zip");
});

/** Opens a data directory for a while. */
async function within<T>(directory: string, use: (gateway: TestEngine) => Promise<T>): Promise<T> {
  const store = openNodeSqliteStore({ path: join(directory, "tollgate.sqlite") });
  const gateway = openTestEngine(functions, store);
  try {
    return await use(gateway);
  } finally {
    await gateway.engine.close();
    store.close();
  }
}

const write = (from: string, to = archive) => exportSnapshot(from, to, () => undefined);

const take = (archiveFile: string, dataDirectory = there, isReplacing = false) =>
  importSnapshot({ archiveFile, dataDirectory, isReplacing });

async function makeLedgerHere(): Promise<{ ann: string; bob: string }> {
  return await within(here, async (gateway) => {
    await gateway.engine.environmentVariables.update([{ name: "OF_AN_ADMIN", value: SECRET }]);
    return await makeLedger(gateway);
  });
}

describe("Y5 what is exported and imported elsewhere", () => {
  test("is all there, with its ids and creation times, and the audit proves it", async () => {
    const { ann } = await makeLedgerHere();
    const before = await within(here, ({ call }) => call("plans:get", { planId: ann }));
    await write(here);
    const { counts, replacedFile } = await take(archive);
    expect(replacedFile).toBeNull();
    const documents = await documentsIn(archive);
    const lines = [...documents].map(([table, all]) => [table, all.length]);
    expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(lines));
    expect(counts.get("events")).toBeGreaterThan(5);
    await within(there, async (gateway) => {
      expect(await gateway.call("plans:get", { planId: ann })).toEqual(before);
      const report = await auditOf(gateway);
      expect(report.findings).toEqual([]);
      expect(report.rows["events"]).toBe(counts.get("events"));
    });
  });

  test("is exported from there as the same documents, byte for byte", async () => {
    await makeLedgerHere();
    await write(here);
    await take(archive);
    const second = join(await temporaryDirectory(), "second.zip");
    await write(there, second);
    expect(await documentsIn(second)).toEqual(await documentsIn(archive));
  });

  test("holds no secret, no variable and no system table, and nobody else can read it", async () => {
    await makeLedgerHere();
    await write(here);
    const documents = await documentsIn(archive);
    const text = JSON.stringify([...documents]);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(String(process.env["STRIPE_WEBHOOK_SECRET"]));
    expect([...documents.keys()].filter((table) => table.startsWith("_"))).toEqual([]);
    expect((await stat(archive)).mode & 0o077).toBe(0);
  });

  test("keeps ids whose tables had other numbers, as those of Convex have", async () => {
    await makeLedgerHere();
    await write(here);
    const documents = await documentsIn(archive);
    const tables = [...documents].map(([table, lines], index) => {
      const moved = lines.map((line) => line.replace(/"[0-9a-z]{32}"/g, (id) => renumbered(id)));
      return [table, moved, index] as const;
    });
    const other = await snapshotOf(
      Object.fromEntries(tables.toReversed().map(([table, lines]) => [table, lines])),
    );
    const { counts } = await take(other);
    expect(counts.get("plans")).toBe(3);
    await within(there, async ({ call }) => {
      const planId = (await call("plans:open", { ownerId: "bob" })) as string;
      expect(documents.get("plans")?.some((line) => line.includes(planId))).toBe(false);
      expect(await call("plans:get", { planId })).toMatchObject({ ownerId: "bob" });
    });

    function renumbered(quoted: string): string {
      const decoded = decodeDocumentId(quoted.slice(1, -1));
      return decoded.ok
        ? `"${encodeDocumentId(20_001 + documents.size - decoded.tableNumber, decoded.internalId)}"`
        : quoted;
    }
  });
});

describe("Y6 an import", () => {
  test.each([
    ["a byte of it was changed", (file: string) => damage(file)],
    ["it was cut off", async (file: string) => truncate(file, (await stat(file)).size - 400)],
    ["it is no archive", (file: string) => writeFile(file, "not a ZIP file")],
  ])("is refused as archive_damaged when %s, and leaves nothing", async (_, spoil) => {
    await makeLedgerHere();
    await write(here);
    await spoil(archive);
    await expect(take(archive)).rejects.toMatchObject({ code: "archive_damaged" });
    expect(await readdir(there)).toEqual([]);
  });

  test.each([
    ["a field is missing", /"seats":[^,]+,/, "", /line 2 of plans does not match the schema/],
    ["an id is no id", /"_id":"\w+"/, '"_id":"x"', /line 2 of plans has no _id/],
    ["no time is there", /"_creationTime":[^,]+,/, "", /line 2 of plans has no _creationTime/],
    ["a time is too fine", /"_creationTime":[^,]+/, '"_creationTime":1.1', /no _creationTime of/],
    ["a line is no JSON", /^/, "{", /line 2 of plans is no document/],
    ["two have one id", /^/, "", /two documents of plans/],
  ])("is refused as archive_invalid when %s, and leaves nothing", async (_, what, by, message) => {
    await makeLedgerHere();
    await write(here);
    const documents = Object.fromEntries(await documentsIn(archive));
    const [first = "{}"] = documents["plans"] ?? [];
    const plans = [first, first.replace(what, by)];
    const spoiled = await snapshotOf({ ...documents, plans });
    const refused = { code: "archive_invalid", message: expect.stringMatching(message) };
    await expect(take(spoiled)).rejects.toMatchObject(refused);
    expect(await readdir(there)).toEqual([]);
  });

  test("is refused where documents are, and nothing changes", async () => {
    await makeLedgerHere();
    await write(here);
    await within(there, ({ call }) => call("plans:open", { ownerId: "cat" }));
    const before = await readFile(join(there, "tollgate.sqlite"));
    await expect(take(archive)).rejects.toMatchObject({ code: "target_not_empty" });
    await damage(archive);
    await expect(take(archive, there, true)).rejects.toMatchObject({ code: "archive_damaged" });
    expect(await readFile(join(there, "tollgate.sqlite"))).toEqual(before);
    expect(await readdir(there)).toEqual(["tollgate.sqlite"]);
  });

  test("takes the place of documents when it is told to, and keeps them beside", async () => {
    const { ann } = await makeLedgerHere();
    await write(here);
    const cat = await within(there, ({ call }) => call("plans:open", { ownerId: "cat" }));
    const { replacedFile } = await take(archive, there, true);
    await within(there, async ({ call }) => {
      expect(await call("plans:get", { planId: ann })).not.toBeNull();
      await expect(call("plans:get", { planId: cat })).resolves.toBeNull();
    });
    const kept = await temporaryDirectory();
    await copyFile(String(replacedFile), join(kept, "tollgate.sqlite"));
    await within(kept, async ({ call }) =>
      expect(await call("plans:get", { planId: cat })).toMatchObject({ ownerId: "cat" }),
    );
  });

  test("and an export keep away from a sandbox's plans and from files that are there", async () => {
    await makeLedgerHere();
    await write(here);
    await expect(write(here)).rejects.toMatchObject({ code: "file_exists" });
    await writeFile(join(here, "sandbox.sqlite"), "");
    await expect(write(here, `${archive}.2`)).rejects.toMatchObject({ code: "sandbox_data" });
    await expect(take(archive, here, true)).rejects.toMatchObject({ code: "sandbox_data" });
    expect(existsSync(`${archive}.2`)).toBe(false);
  });
});

/** Changes one byte of the documents of the ledger. */
async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  const name = "events/documents.jsonl";
  const at = bytes.indexOf(name) + name.length + 100;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  await writeFile(file, bytes);
}
