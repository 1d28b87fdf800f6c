import type { Value } from "convex/values";
import type { DocumentStore } from "../storage/DocumentStore.ts";
import { type DocumentValue, StoredDocument } from "../storage/StoredDocument.ts";
import type { SystemTable } from "../storage/systemTables.ts";
import { checkValueRules } from "../values/valueRules.ts";
import { DatabaseQuery, planQuery, type SerializedQuery } from "./DatabaseQuery.ts";
import { UsageMeter } from "./UsageMeter.ts";
import type { WriteOverlay } from "./WriteOverlay.ts";

/** What the system's part of a transaction takes from the transaction. */
export interface SystemDatabaseSources {
  documents: DocumentStore;
  overlay: WriteOverlay;
  /** Fails once the transaction is over. */
  assertOpen(): void;
  newDocument(tableNumber: number): { _id: string; _creationTime: number };
}

/**
 * System tables as the engine itself uses them, inside a function's transaction and undone with it.
 * Neither the limits of documents nor those of transactions apply: who calls this bounds what it does.
 */
export class SystemDatabase {
  readonly #sources: SystemDatabaseSources;

  constructor(sources: SystemDatabaseSources) {
    this.#sources = sources;
  }

  get(table: SystemTable, id: string): DocumentValue | null {
    return this.#read(table, id)?.value ?? null;
  }

  /** Documents of an index range, in order; `null` after the last. */
  query(
    table: SystemTable,
    indexName: string,
    range: (SerializedQuery["source"] & { type: "IndexRange" })["range"],
    order: "asc" | "desc" = "asc",
  ): DatabaseQuery {
    this.#sources.assertOpen();
    const { documents, overlay } = this.#sources;
    const plan = planQuery(documents, overlay, {
      source: { type: "IndexRange", indexName: `${table.name}.${indexName}`, range, order },
      operators: [],
    });
    return new DatabaseQuery(documents, overlay, UNCOUNTED, plan, []);
  }

  /** @returns the new document's id. @throws EngineError for what is no Convex value */
  insert(table: SystemTable, fields: Record<string, Value>): string {
    const document = { ...fields, ...this.#sources.newDocument(table.number) };
    checkValueRules(document);
    this.#set(table, document._id, null, document);
    return document._id;
  }

  /** Puts other fields into a document that exists. */
  replace(table: SystemTable, id: string, fields: Record<string, Value>): void {
    const before = this.#read(table, id);
    if (before === null) {
      throw new Error(`system document ${id} vanished within a transaction`);
    }
    const { _id, _creationTime } = before.value;
    this.#set(table, id, before, { ...fields, _creationTime, _id });
  }

  delete(table: SystemTable, id: string): void {
    this.#set(table, id, this.#read(table, id), null);
  }

  #read({ name, number }: SystemTable, id: string): StoredDocument | null {
    this.#sources.assertOpen();
    const { documents, overlay } = this.#sources;
    const own = overlay.get(number, id);
    if (own !== undefined) {
      return own.after;
    }
    const table = documents.catalog.byName(name);
    return table === undefined ? null : documents.get(table, id);
  }

  #set(
    table: SystemTable,
    id: string,
    before: StoredDocument | null,
    after: DocumentValue | null,
  ): void {
    this.#sources.assertOpen();
    const stored = after === null ? null : StoredDocument.fromValue(after);
    this.#sources.overlay.set(table.number, id, before, stored);
  }
}

class UncountedUsage extends UsageMeter {
  override countRange(): void {
    // Who uses system tables bounds what it reads.
  }
  override countRead(): void {
    // As above.
  }
}

const UNCOUNTED = new UncountedUsage();
