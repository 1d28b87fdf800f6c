import type { Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkStoredDocuments } from "../../src/engine/storage/checkStoredDocuments.ts";
import { DocumentStore } from "../../src/engine/storage/DocumentStore.ts";
import { compareBytes, indexKey } from "../../src/engine/storage/indexKey.ts";
import { StoredDocument } from "../../src/engine/storage/StoredDocument.ts";
import { TableCatalog, type TableDefinition } from "../../src/engine/storage/TableCatalog.ts";
import { creationTimeAt } from "../../src/engine/values/creationTime.ts";
import { encodeDocumentId, newInternalId } from "../../src/engine/values/documentId.ts";
import { encodeSortKey } from "../../src/engine/values/sortKey.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";

const TABLE_NUMBER = 10_001;
const id = encodeDocumentId(TABLE_NUMBER, new Uint8Array(16));

const version = (body: number) => StoredDocument.fromValue({ _id: id, _creationTime: 1, body });

const writeOf = (before: StoredDocument | null, after: StoredDocument | null) => [
  { id, tableNumber: TABLE_NUMBER, before, after },
];

function openDocuments() {
  const store = openMemoryStore();
  const documents = new DocumentStore(store, new TableCatalog(store));
  documents.apply(writeOf(null, version(1)), new Map([["t", TABLE_NUMBER]]));
  const table = documents.catalog.byName("t") as TableDefinition;
  return { store, documents, read: () => documents.get(table, id)?.value["body"] };
}

describe("a document that is kept at hand", () => {
  it("is the newest version, until it is deleted", () => {
    const { documents, read } = openDocuments();
    expect(read()).toBe(1);
    documents.apply(writeOf(version(1), version(2)), new Map());
    expect(read()).toBe(2);
    documents.apply(writeOf(version(2), null), new Map());
    expect(read()).toBeUndefined();
  });

  it("is the committed version again after a rollback", () => {
    const { store, documents, read } = openDocuments();
    store.batch.begin();
    documents.apply(writeOf(version(1), version(2)), new Map());
    expect(read()).toBe(2);
    store.batch.rollback();
    documents.reload();
    expect(read()).toBe(1);
  });
});

describe("an index", () => {
  it("tells 0 and -0 apart after an update", () => {
    const { store, documents } = openDocuments();
    const { catalog } = documents;
    const table = () => catalog.byName("t") as TableDefinition;
    catalog.createIndex(table(), "by_body", ["body"], (of, index) =>
      documents.backfillIndex(of, index),
    );
    documents.apply(writeOf(version(1), version(0)), new Map());
    const { column } = table().indexes.get("by_body") as { column: string };
    const key = () => store.prepare(`SELECT ${column} FROM ${table().sqlName}`).all()[0]?.[0];
    const keyOfZero = key();
    documents.apply(writeOf(version(0), version(-0)), new Map());
    expect(key()).not.toEqual(keyOfZero);
  });
});

describe("by_id and by_creation_time", () => {
  const anyTime = fc
    .tuple(fc.constantFrom(0, 1, 1.79e12, 2 ** 41), fc.nat({ max: 2_000 }))
    .map(([base, steps]) => creationTimeAt(base + steps / 1_024));
  const anyInternalId = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const anyBound = fc.oneof(
    fc.constantFrom(new Uint8Array(), new Uint8Array([0xff])),
    fc.anything({ values: [fc.double(), fc.string(), fc.constant(null)], maxDepth: 0 }).map(keyOf),
  );

  it("E7 find documents whose ids were made elsewhere as they find others, in the order of their keys", () => {
    const place = fc.record({
      time: anyTime,
      filler: fc.nat(255),
      foreign: fc.option(anyInternalId),
    });
    const places = fc.uniqueArray(place, { selector: ({ time }) => time, maxLength: 12 });
    const bounds = fc.array(fc.oneof(anyBound, fc.nat(11)), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(places, bounds, fc.boolean(), (made, drawn, descending) => {
        const written = made.map(({ time, filler, foreign }) => {
          const random = { fill: (bytes: Uint8Array) => bytes.fill(filler) };
          const internalId = foreign ?? newInternalId(time, random);
          const _id = encodeDocumentId(TABLE_NUMBER, internalId);
          return StoredDocument.fromValue({ _id, _creationTime: time });
        });
        const store = openMemoryStore();
        const documents = new DocumentStore(store, new TableCatalog(store));
        const inserts = written.map((after) => ({
          ...{ id: after.value._id, tableNumber: TABLE_NUMBER },
          ...{ before: null, after },
        }));
        documents.apply(inserts, new Map([["t", TABLE_NUMBER]]));
        documents.reload();
        const table = documents.catalog.byName("t") as TableDefinition;
        for (const { value } of written) {
          expect(documents.get(table, value._id)?.value).toEqual(value);
        }
        for (const index of table.indexes.values()) {
          const keys = written.map(({ value }) => indexKey(index, value)).sort(compareBytes);
          const [lower, upper] = drawn.map((bound) =>
            typeof bound === "number" ? (keys[bound] ?? new Uint8Array()) : bound,
          ) as [Uint8Array, Uint8Array];
          const inside = keys.filter(
            (key) => compareBytes(key, lower) >= 0 && compareBytes(key, upper) < 0,
          );
          const order = descending ? "desc" : "asc";
          const expected = descending ? inside.reverse() : inside;
          for (const limit of [1, 4, 64]) {
            const found = documents.scan(table, index, { lower, upper }, order, limit);
            expect(found.map(({ key }) => key)).toEqual(expected.slice(0, limit));
          }
        }
        expect([...checkStoredDocuments(store, documents.catalog)]).toEqual([]);
      }),
      { seed: 24 },
    );
  });
});

function keyOf(value: unknown): Uint8Array {
  return encodeSortKey([value as Value]);
}

describe("a check of what is stored", () => {
  const random = { fill: (bytes: Uint8Array) => bytes.fill(9) };
  const changes = [
    ["another name", "name = '1' || substr(name, 2)", "unreadable"],
    ["no name", "name = ''", "unreadable"],
    ["another time", "place = place + 1", "unreadable"],
    ["another text", "json = replace(json, ':', ': ')", "unreadable"],
    ["another field", "json = replace(json, '1', '2')", "keys"],
  ] as const;

  it.each([
    ["of its own", encodeDocumentId(TABLE_NUMBER, newInternalId(1, random))],
    ["that was made elsewhere", encodeDocumentId(TABLE_NUMBER, new Uint8Array(16).fill(3))],
  ])("finds what somebody else changed in a document with an id %s", (_, _id) => {
    const store = openMemoryStore();
    const documents = new DocumentStore(store, new TableCatalog(store));
    const after = StoredDocument.fromValue({ _id, _creationTime: 1, body: 1 });
    const write = { id: _id, tableNumber: TABLE_NUMBER, before: null, after };
    documents.apply([write], new Map([["t", TABLE_NUMBER]]));
    const { catalog } = documents;
    catalog.createIndex(catalog.byName("t") as TableDefinition, "by_body", ["body"], (of, index) =>
      documents.backfillIndex(of, index),
    );
    expect([...checkStoredDocuments(store, catalog)]).toEqual([]);
    for (const [what, assignment, kind] of changes) {
      store.batch.begin();
      store.exec(`UPDATE ${catalog.byName("t")?.sqlName} SET ${assignment}`);
      const id = kind === "unreadable" ? "" : _id;
      expect([...checkStoredDocuments(store, catalog)], what).toEqual([{ table: "t", id, kind }]);
      store.batch.rollback();
    }
  });
});

describe("a database", () => {
  it("E7 of another storage format is refused and left as it is", () => {
    const store = openMemoryStore();
    const catalog = new TableCatalog(store);
    catalog.createTable("t", TABLE_NUMBER);
    catalog.writeMeta("storage_format", "3");
    expect(() => new TableCatalog(store)).toThrow(
      "the database has storage format 3, but this version reads format 4",
    );
    store.exec("DELETE FROM convex_meta");
    expect(() => new TableCatalog(store)).toThrow("storage format 1");
    expect(store.prepare("SELECT name FROM convex_tables").all()).toEqual([["t"]]);
  });
});
