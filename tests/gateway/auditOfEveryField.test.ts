import type { GenericValidator } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TableCatalog } from "../../src/engine/storage/TableCatalog.ts";
import { CREATION_STEPS_PER_MS } from "../../src/engine/values/creationTime.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import type { Finding } from "../../src/internal/audit/finding.ts";
import schema from "../../src/internal/schema.ts";
import type { JsonObject } from "../fixtures/stripe.ts";
import { makeFullLedger } from "../support/fullLedger.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, chosen } from "../support/ledgers.ts";
import { documentIn, rewriteRow, type StoredRow, storedRows } from "../support/storedRows.ts";
import { openTestEngine } from "../support/testEngine.ts";

/** Places that are chosen at random, besides every field. */
const FLIPS = 600;

/** Farther than any two documents of the ledger are apart, so that no two have one place. */
const HOUR_STEPS = 3_600_000 * CREATION_STEPS_PER_MS;

const store = openMemoryStore();
await makeFullLedger(openTestEngine(internalFunctions, store));
const rows = storedRows(store);
const rowsOf = (table: string) => rows.filter((row) => row.table.name === table);

/** Every field of every table, as the schema has them. */
const FIELDS = Object.entries(schema.tables).flatMap(([table, { validator }]) => {
  const { fields } = validator as unknown as { fields: Record<string, GenericValidator> };
  return ["_id", "_creationTime", ...Object.keys(fields)].map((field) => [table, field] as const);
});

/** What an audit over the network finds while a row reads so; null when nothing can be read at all. */
async function findingsWith(row: StoredRow, after: Parameters<typeof rewriteRow>[2]) {
  rewriteRow(store, row, after);
  try {
    return (await auditOf(openTestEngine(internalFunctions, store))).findings;
  } catch {
    return null;
  } finally {
    rewriteRow(store, { ...row, place: after.place }, row);
  }
}

/** The row with another value in one field; the id and the time are what its name and its place say. */
function withOther(row: StoredRow, field: string): StoredRow {
  switch (field) {
    case "_id":
      return { ...row, name: flipLast(row.name) };
    case "_creationTime":
      return { ...row, place: row.place + HOUR_STEPS };
    default: {
      const fields = JSON.parse(row.json) as JsonObject;
      return { ...row, json: JSON.stringify({ ...fields, [field]: altered(fields[field]) }) };
    }
  }
}

/** Another value: with one other digit or letter, another boolean, a text in the place of null. */
function altered(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return value === "" ? "0" : flipLast(value);
    case "number":
      return Number(String(value).replace(/^\d/, flipLast));
    case "boolean":
      return !value;
    default:
      return value === null ? "0" : alteredWithin(value as object);
  }
}

function alteredWithin(value: object): unknown {
  const [key] = Object.keys(value);
  if (key === undefined) {
    return Array.isArray(value) ? [0] : { key: 0 };
  }
  const copy = structuredClone(value) as JsonObject;
  copy[key] = altered(copy[key]);
  return copy;
}

function flipLast(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1);
}

/** A row is named by its own id, or as what is kept of its event. */
function names({ id, table }: Finding, row: StoredRow, changed: StoredRow): boolean {
  const { eventId } = documentIn(row);
  return table === row.table.name
    ? id === documentIn(changed)["_id"]
    : table === "events" && id === eventId;
}

describe("X4 the audit, over the network,", () => {
  test("is clean, and there are rows in every table", async () => {
    expect((await auditOf(openTestEngine(internalFunctions, store))).findings).toEqual([]);
    const empty = Object.keys(schema.tables).filter((table) => rowsOf(table).length === 0);
    expect(empty).toEqual([]);
  });

  test(`names the row in which a field was changed, for each of ${FIELDS.length} fields`, async () => {
    const missed: string[] = [];
    for (const [table, field] of FIELDS) {
      const documents = rowsOf(table).map((row) => ({ row, value: documentIn(row)[field] }));
      const stated = documents.find(({ value }) => value !== null && value !== undefined);
      const unstated = documents.find(({ value }) => value === null);
      for (const { row, value } of [stated, unstated].filter((found) => found !== undefined)) {
        const changed = withOther(row, field);
        const findings = (await findingsWith(row, changed)) ?? [];
        if (!findings.some((finding) => names(finding, row, changed))) {
          missed.push(`${table}.${field} ${JSON.stringify(value)} ${JSON.stringify(findings)}`);
        }
      }
    }
    expect(missed).toEqual([]);
  }, 60_000);

  test("names a timer whose job is not pending any more", async () => {
    const other = openMemoryStore();
    await makeFullLedger(openTestEngine(internalFunctions, other));
    const jobs = new TableCatalog(other).byName("_scheduled_functions")?.sqlName;
    other.prepare(`UPDATE ${jobs} SET json = replace(json, '"pending"', '"canceled"')`).run();
    const { findings } = await auditOf(openTestEngine(internalFunctions, other));
    expect(findings).toMatchObject([{ code: "timer_wrong", table: "planTimers" }]);
  });

  test(`finds one flipped byte anywhere in any document (${FLIPS} places)`, async () => {
    const tables = [...new Set(rows.map(({ table }) => table.name))];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 7 }), async (seed, bit) => {
        // Tables alike, not rows alike: most rows are bodies.
        const candidates = rowsOf(tables[chosen(seed, "table", tables.length)] as string);
        const row = candidates[chosen(seed, "row", candidates.length)] as StoredRow;
        const bytes = Buffer.from(row.name + row.json);
        const at = chosen(seed, "byte", bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const name = Uint8Array.from(bytes.subarray(0, row.name.length));
        const json = Uint8Array.from(bytes.subarray(row.name.length));
        const found = await findingsWith(row, { place: row.place, name, json });
        expect(found, `${row.table.name} at ${at}: ${row.json}`).not.toEqual([]);
      }),
      { numRuns: FLIPS, seed: 20_261_124 },
    );
  }, 60_000);
});
