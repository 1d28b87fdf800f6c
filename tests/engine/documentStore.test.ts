import { describe, expect, it } from "vitest";
import { DocumentStore } from "../../src/engine/storage/DocumentStore.ts";
import { StoredDocument } from "../../src/engine/storage/StoredDocument.ts";
import { TableCatalog, type TableDefinition } from "../../src/engine/storage/TableCatalog.ts";
import { encodeDocumentId } from "../../src/engine/values/documentId.ts";
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

describe("a database", () => {
  it("E7 of another storage format is refused and left as it is", () => {
    const store = openMemoryStore();
    const catalog = new TableCatalog(store);
    catalog.createTable("t", TABLE_NUMBER);
    catalog.writeMeta("storage_format", "3");
    expect(() => new TableCatalog(store)).toThrow(
      "the database has storage format 3, but this version reads format 2",
    );
    store.exec("DELETE FROM convex_meta");
    expect(() => new TableCatalog(store)).toThrow("storage format 1");
    expect(store.prepare("SELECT name FROM convex_tables").all()).toEqual([["t"]]);
  });
});
