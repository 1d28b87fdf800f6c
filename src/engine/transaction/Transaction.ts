import type { Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { checkDocumentRules } from "../schema/documentRules.ts";
import { checkDocument, type Schema } from "../schema/schema.ts";
import type { DocumentStore, DocumentWrite } from "../storage/DocumentStore.ts";
import { type DocumentValue, StoredDocument } from "../storage/StoredDocument.ts";
import { decodeDocumentId, encodeDocumentId } from "../values/documentId.ts";
import { DatabaseQuery, planQuery, type SerializedQuery } from "./DatabaseQuery.ts";
import { type Page, type PageRequest, paginate } from "./paginate.ts";
import { UsageMeter } from "./UsageMeter.ts";
import { type Savepoint, WriteOverlay } from "./WriteOverlay.ts";

/** What a transaction takes from outside itself. */
export interface TransactionSources {
  /** The first `_creationTime` it may give, in milliseconds with a fraction. */
  creationTime: number;
  newInternalId(): Uint8Array;
}

/** A state to come back to when a nested mutation fails. */
export interface TransactionSavepoint {
  overlay: Savepoint;
  newTables: number;
}

/** Before the first write. */
export const START: TransactionSavepoint = { overlay: 0, newTables: 0 };

/**
 * One transaction: a snapshot of the committed documents with the transaction's own writes on top.
 * Writes stay in memory until the engine applies {@link writes} in one step; a transaction that is
 * dropped has changed nothing. After {@link close} every call fails, so code that was abandoned while
 * it waited cannot write later.
 *
 * All errors are {@link EngineError}s with the texts of Convex's backend.
 */
export class Transaction {
  readonly usage = new UsageMeter();
  readonly #documents: DocumentStore;
  readonly #schema: Schema;
  readonly #sources: TransactionSources;
  readonly #overlay = new WriteOverlay();
  readonly #newTables = new Map<string, number>();
  #creationTime: number;
  #closed = false;

  constructor(documents: DocumentStore, schema: Schema, sources: TransactionSources) {
    this.#documents = documents;
    this.#schema = schema;
    this.#sources = sources;
    this.#creationTime = sources.creationTime;
  }

  /** The document, or null. @param table when given, an id of another table is refused */
  get(id: string, table?: string): StoredDocument | null {
    const tableNumber = this.#tableNumberOf("get", id, table);
    const document = this.#read(tableNumber, id);
    this.usage.countRead(document?.json.length ?? 0);
    return document;
  }

  insert(tableName: string, fields: Record<string, Value>): string {
    this.#assertOpen();
    const tableNumber = this.#tableForInsert(tableName);
    const id = encodeDocumentId(tableNumber, this.#sources.newInternalId());
    const value = { ...fields, _creationTime: this.#creationTime, _id: id };
    this.#creationTime = nextDouble(this.#creationTime);
    this.#write(tableName, tableNumber, id, null, value);
    return id;
  }

  /** @param fields `undefined` deletes a field */
  patch(id: string, fields: Record<string, Value | undefined>, table?: string): void {
    this.#change("patch", "Update", id, table, (before) => {
      const after: Record<string, Value | undefined> = { ...before, ...fields };
      for (const [field, value] of Object.entries(fields)) {
        if (value === undefined) {
          delete after[field];
        }
      }
      return after;
    });
  }

  replace(id: string, fields: Record<string, Value>, table?: string): void {
    this.#change("replace", "Replace", id, table, () => fields);
  }

  delete(id: string, table?: string): void {
    const tableNumber = this.#tableNumberForWrite("delete", id, table);
    const before = this.#existing("Delete", tableNumber, id);
    this.usage.countWrite(0);
    this.#overlay.set(tableNumber, id, before, null);
  }

  /** The id itself when it names a document of that table (which may not exist), else null. */
  normalizeId(tableName: string, text: string): string | null {
    const decoded = decodeDocumentId(text);
    const number = this.#tableNumber(tableName);
    return decoded.ok && number === decoded.tableNumber ? text : null;
  }

  openQuery(query: SerializedQuery): DatabaseQuery {
    this.#assertOpen();
    const plan = planQuery(this.#documents, query);
    return new DatabaseQuery(this.#documents, this.#overlay, this.usage, plan, query.operators);
  }

  paginate(request: PageRequest): Page {
    this.#assertOpen();
    return paginate(this.#documents, this.#overlay, this.usage, request);
  }

  count(tableName: string): number {
    this.#assertOpen();
    const table = this.#documents.catalog.byName(tableName);
    let count = table === undefined ? 0 : this.#documents.count(table);
    for (const { tableNumber, before, after } of this.#overlay.writes()) {
      if (tableNumber === this.#tableNumber(tableName)) {
        count += Number(after !== null) - Number(before !== null);
      }
    }
    return count;
  }

  savepoint(): TransactionSavepoint {
    return { overlay: this.#overlay.savepoint(), newTables: this.#newTables.size };
  }

  rollbackTo(savepoint: TransactionSavepoint): void {
    this.#overlay.rollbackTo(savepoint.overlay);
    for (const name of [...this.#newTables.keys()].slice(savepoint.newTables)) {
      this.#newTables.delete(name);
    }
  }

  get hasWrites(): boolean {
    return !this.#overlay.isEmpty;
  }

  writes(): Iterable<DocumentWrite> {
    return this.#overlay.writes();
  }

  get newTables(): ReadonlyMap<string, number> {
    return this.#newTables;
  }

  /** The `_creationTime` that the next insert would get. */
  get creationTime(): number {
    return this.#creationTime;
  }

  /** Names of tables by number and back, new ones included: what id validators ask. */
  readonly tables = {
    numberOf: (tableName: string): number | null => this.#tableNumber(tableName),
    nameOf: (tableNumber: number): string | null => this.#tableName(tableNumber),
  };

  close(): void {
    this.#closed = true;
  }

  #change(
    operation: "patch" | "replace",
    verb: string,
    id: string,
    table: string | undefined,
    make: (before: DocumentValue) => Record<string, Value | undefined>,
  ): void {
    const tableNumber = this.#tableNumberForWrite(operation, id, table);
    const before = this.#existing(verb, tableNumber, id);
    const made = make(before.value);
    const { _id, _creationTime } = before.value;
    if (made["_id"] !== undefined && made["_id"] !== _id) {
      throw new EngineError(
        "ImmutableId",
        `Provided document ID ${String(made["_id"])} doesn't match '_id' field ${_id}`,
      );
    }
    if (made["_creationTime"] !== undefined && made["_creationTime"] !== _creationTime) {
      throw new EngineError(
        "ImmutableCreationTime",
        `Provided creation time ${String(made["_creationTime"])} doesn't match '_creationTime' field ${_creationTime}`,
      );
    }
    const tableName = this.#tableName(tableNumber) as string;
    this.#write(tableName, tableNumber, id, before, { ...made, _creationTime, _id });
  }

  #write(
    tableName: string,
    tableNumber: number,
    id: string,
    before: StoredDocument | null,
    value: DocumentValue,
  ): void {
    const sizeBytes = checkDocumentRules(value as Record<string, Value>);
    checkDocument(this.#schema, tableName, value as Record<string, Value>, this.tables);
    this.usage.countWrite(sizeBytes);
    this.#overlay.set(tableNumber, id, before, StoredDocument.fromValue(value));
  }

  #read(tableNumber: number, id: string): StoredDocument | null {
    const own = this.#overlay.get(tableNumber, id);
    if (own !== undefined) {
      return own.after;
    }
    const table = this.#documents.catalog.byNumber(tableNumber);
    return table === undefined ? null : this.#documents.get(table, id);
  }

  #existing(verb: string, tableNumber: number, id: string): StoredDocument {
    const document = this.#read(tableNumber, id);
    if (document === null) {
      throw new EngineError("NonexistentDocument", `${verb} on nonexistent document ID ${id}`);
    }
    this.usage.countRead(document.json.length);
    return document;
  }

  #tableNumberForWrite(operation: string, id: string, table: string | undefined): number {
    const tableNumber = this.#tableNumberOf(operation, id, table);
    if (this.#tableName(tableNumber) === null) {
      throw new EngineError("TableNotFound", `Table for ID "${id}" not found`);
    }
    return tableNumber;
  }

  #tableNumberOf(operation: string, id: string, table: string | undefined): number {
    this.#assertOpen();
    const decoded = decodeDocumentId(id);
    if (!decoded.ok) {
      throw new EngineError(
        "InvalidArgument",
        `Invalid argument \`id\` for \`db.${operation}\`: ${decoded.message}`,
      );
    }
    const actual = this.#tableName(decoded.tableNumber);
    if (table !== undefined && actual !== null && actual !== table) {
      throw new EngineError(
        "InvalidArgument",
        `Invalid argument \`id\` for \`db.${operation}\`: expected to be an Id<"${table}">, got Id<"${actual}"> instead.`,
      );
    }
    return decoded.tableNumber;
  }

  #tableForInsert(tableName: string): number {
    const number = this.#tableNumber(tableName);
    if (number !== null) {
      return number;
    }
    if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(tableName)) {
      throw new EngineError("InvalidTableName", `Invalid table name: "${tableName}"`);
    }
    const created = this.#documents.catalog.nextTableNumber() + this.#newTables.size;
    this.#newTables.set(tableName, created);
    return created;
  }

  #tableNumber(tableName: string): number | null {
    return this.#documents.catalog.numberOf(tableName) ?? this.#newTables.get(tableName) ?? null;
  }

  #tableName(tableNumber: number): string | null {
    const committed = this.#documents.catalog.nameOf(tableNumber);
    if (committed !== null) {
      return committed;
    }
    for (const [name, number] of this.#newTables) {
      if (number === tableNumber) {
        return name;
      }
    }
    return null;
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new EngineError("TransactionClosed", "This transaction is already over.");
    }
  }
}

const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/** The next greater double: Convex steps `_creationTime` so, which keeps it unique and increasing. */
export function nextDouble(positive: number): number {
  double[0] = positive;
  doubleBits[0] = (doubleBits[0] as bigint) + 1n;
  return double[0] as number;
}
