import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { checkStoredDocuments } from "../../src/engine/storage/checkStoredDocuments.ts";
import type { DocumentStore } from "../../src/engine/storage/DocumentStore.ts";
import { openDocuments } from "../../src/engine/storage/openDocuments.ts";
import { StoreError } from "../../src/engine/storage/SqlStore.ts";
import { StoredDocument } from "../../src/engine/storage/StoredDocument.ts";
import { TableCatalog, type TableDefinition } from "../../src/engine/storage/TableCatalog.ts";
import { encodeDocumentId } from "../../src/engine/values/documentId.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { FaultySqlStore, ProcessGoneError } from "../support/FaultySqlStore.ts";
import type { LivedThrough, StoreHistory } from "./StoreHistory.ts";

const people = () => defineTable({ name: v.string() });
const PLAIN = defineSchema({ people: people() });
const INDEXED = defineSchema({
  people: people().index("by_name", ["name"]),
  pets: defineTable({}),
});
const DOCUMENTS = 5;
const MAX_TRIES = 3;

/** What an engine does to its store when it opens it with one schema after another. */
export const schemaHistory: StoreHistory = {
  name: "a change of schema",
  live: async (chosen): Promise<LivedThrough> => {
    const store = openMemoryStore();
    const noStall = { onStall: () => undefined };
    const first = new FaultySqlStore(store, chosen && { ...chosen, ...noStall });
    let current = first;
    const flaws: string[] = [];
    const insist = (step: (on: FaultySqlStore) => void): void => {
      for (let tries = 1; ; tries++) {
        try {
          step(current);
          return;
        } catch (error) {
          const isNamed = error instanceof StoreError || error instanceof ProcessGoneError;
          if (!isNamed || tries === MAX_TRIES) {
            flaws.push(String(error));
            return;
          }
          current = current.isGone ? new FaultySqlStore(store, null) : current;
          current.makeRoom();
        }
      }
    };
    for (const schema of [PLAIN, PLAIN, INDEXED, PLAIN]) {
      insist((on) => fill(openDocuments(on, schema).documents, on));
    }
    insist((on) => {
      const { documents } = openDocuments(on, PLAIN);
      const count = documents.count(documents.catalog.byName("people") as TableDefinition);
      if (count !== DOCUMENTS) {
        flaws.push(`there are ${count} documents and not ${DOCUMENTS}`);
      }
    });
    insist((on) => {
      flaws.push(
        ...[...checkStoredDocuments(on, new TableCatalog(on))].map((flaw) => JSON.stringify(flaw)),
      );
    });
    return { calls: first.calls, hasFailed: first.hasFailed, flaws };
  },
};

/** Makes those of the documents that are not there; their ids tell no place, as those made elsewhere. */
function fill(documents: DocumentStore, store: FaultySqlStore): void {
  store.transaction(() => {
    const table = documents.catalog.byName("people") as TableDefinition;
    for (let number = 0; number < DOCUMENTS; number++) {
      const id = encodeDocumentId(table.number, new Uint8Array(16).fill(number + 1));
      if (documents.get(documents.catalog.byName("people") as TableDefinition, id) === null) {
        const value = { _id: id, _creationTime: 1 + number, name: `${number}` };
        const after = StoredDocument.fromValue(value);
        documents.apply([{ id, tableNumber: table.number, before: null, after }], new Map());
      }
    }
  });
}
