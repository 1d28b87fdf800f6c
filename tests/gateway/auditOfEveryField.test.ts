import { isDeepStrictEqual } from "node:util";
import type { GenericValidator } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { TableCatalog } from "../../src/engine/storage/TableCatalog.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import type { Finding } from "../../src/internal/audit/finding.ts";
import schema from "../../src/internal/schema.ts";
import type { JsonObject } from "../fixtures/stripe.ts";
import { makeFullLedger } from "../support/fullLedger.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, chosen } from "../support/ledgers.ts";
import { openTestEngine } from "../support/testEngine.ts";

interface Row {
  table: string;
  sqlName: string;
  place: number;
  json: string;
}

/** Places that are chosen at random, besides every field. */
const FLIPS = 600;

const store = openMemoryStore();
await makeFullLedger(openTestEngine(internalFunctions, store));
const rows = documentsIn(store);
const rowsOf = (table: string) => rows.filter((row) => row.table === table);

/** Every field of every table, as the schema has them. */
const FIELDS = Object.entries(schema.tables).flatMap(([table, { validator }]) => {
  const { fields } = validator as unknown as { fields: Record<string, GenericValidator> };
  return ["_id", "_creationTime", ...Object.keys(fields)].map((field) => [table, field] as const);
});

function documentsIn(from: SqlStore): Row[] {
  return [...new TableCatalog(from).tables()]
    .filter(({ name }) => !name.startsWith("_"))
    .flatMap(({ name, sqlName }) =>
      from
        .prepare(`SELECT place, json FROM ${sqlName}`)
        .all()
        .map(([place, json]) => ({
          table: name,
          sqlName,
          place: place as number,
          json: String(json),
        })),
    );
}

/** What an audit over the network finds while a row reads so; null when nothing can be read at all. */
async function findingsWith({ sqlName, place, json }: Row, text: string | Uint8Array) {
  const write = store.prepare(`UPDATE ${sqlName} SET json = CAST(? AS TEXT) WHERE place = ?`);
  write.run(text, place);
  try {
    return (await auditOf(openTestEngine(internalFunctions, store))).findings;
  } catch {
    return null;
  } finally {
    write.run(json, place);
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

function saysTheSame(before: string, after: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(before), JSON.parse(after));
  } catch {
    return false;
  }
}

function flipLast(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1);
}

/** A row is named by its own id, or as what is kept of its event. */
function names({ id, table }: Finding, row: Row, document: JsonObject): boolean {
  const { eventId } = JSON.parse(row.json) as JsonObject;
  return table === row.table ? id === document["_id"] : table === "events" && id === eventId;
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
      const documents = rowsOf(table).map((row) => ({ row, value: JSON.parse(row.json)[field] }));
      const stated = documents.find(({ value }) => value !== null && value !== undefined);
      const unstated = documents.find(({ value }) => value === null);
      for (const { row, value } of [stated, unstated].filter((found) => found !== undefined)) {
        const document = { ...JSON.parse(row.json), [field]: altered(value) } as JsonObject;
        const findings = (await findingsWith(row, JSON.stringify(document))) ?? [];
        if (!findings.some((finding) => names(finding, row, document))) {
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
    const tables = [...new Set(rows.map(({ table }) => table))];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 7 }), async (seed, bit) => {
        // Tables alike, not rows alike: most rows are bodies.
        const candidates = rowsOf(tables[chosen(seed, "table", tables.length)] as string);
        const row = candidates[chosen(seed, "row", candidates.length)] as Row;
        const bytes = Buffer.from(row.json);
        const place = chosen(seed, "byte", bytes.length);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        // The last digit of a time can be another and say the same time.
        fc.pre(!saysTheSame(row.json, bytes.toString()));
        const found = await findingsWith(row, bytes);
        expect(found, `${row.table} at ${place}: ${row.json}`).not.toEqual([]);
      }),
      { numRuns: FLIPS, seed: 20_261_124 },
    );
  }, 60_000);
});
