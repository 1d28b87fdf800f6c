import type { Value } from "convex/values";
import { EngineError } from "../errors.ts";
import { checkDocumentRules } from "../schema/documentRules.ts";
import { checkDocument, type Schema } from "../schema/schema.ts";
import type { DocumentStore, DocumentWrite } from "../storage/DocumentStore.ts";
import { type DocumentValue, StoredDocument } from "../storage/StoredDocument.ts";
import { isSystemTable } from "../storage/systemTables.ts";
import { nextCreationTime } from "../values/creationTime.ts";
import { decodeDocumentId, encodeDocumentId } from "../values/documentId.ts";
import { DatabaseQuery, planQuery, type SerializedQuery } from "./DatabaseQuery.ts";
import { type Page, type PageRequest, paginate } from "./paginate.ts";
import { ReadRecorder } from "./ReadRecorder.ts";
import type { ReadSet } from "./ReadSet.ts";
import type { RunningFunction } from "./RunningFunction.ts";
import { SystemDatabase } from "./SystemDatabase.ts";
import { TransactionTables } from "./TransactionTables.ts";
import { UsageMeter } from "./UsageMeter.ts";
import { type Savepoint, WriteOverlay } from "./WriteOverlay.ts";

/** What a transaction takes from outside itself. */
export interface TransactionSources {
  /** The first `_creationTime` it may give, in milliseconds with a fraction. */
  creationTime: number;
  newInternalId(creationTime: number): Uint8Array;
  /** The time of the newest commit it sees, and of its own should it write; see CommitTimestamps. */
  snapshotTimestamp: bigint;
  commitTimestamp: bigint;
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
  /** Null while the engine works for itself. */
  runningFunction: RunningFunction | null = null;
  /** The engine's own access to system tables; functions only read them. */
  readonly system: SystemDatabase;
  /** Names of tables by number and back, new ones included: what id validators ask. */
  readonly tables: TransactionTables;
  readonly #documents: DocumentStore;
  readonly #schema: Schema;
  readonly #sources: TransactionSources;
  readonly #overlay = new WriteOverlay();
  readonly #newTables = this.#overlay.newTables;
  #creationTime: number;
  #closed = false;
  #reads: ReadRecorder | null = null;
  #onClose: ((reads: ReadSet) => void) | null = null;

  constructor(documents: DocumentStore, schema: Schema, sources: TransactionSources) {
    this.#documents = documents;
    this.#schema = schema;
    this.#sources = sources;
    this.#creationTime = sources.creationTime;
    this.tables = new TransactionTables(documents.catalog, this.#newTables, (tableName) =>
      this.#reads?.addMissingTable(tableName),
    );
    this.system = new SystemDatabase({
      documents,
      overlay: this.#overlay,
      assertOpen: () => this.#assertOpen(),
      newDocument: (tableNumber) => this.#newDocument(tableNumber),
    });
  }

  /**
   * The document, or null.
   *
   * @param table when given, an id of another table is refused
   * @param isSystem asked through `db.system`, which sees the system's tables and no others
   */
  get(id: string, table?: string, isSystem = false): StoredDocument | null {
    this.#assertOpen();
    const tableNumber = this.tables.numberOfId(isSystem ? "system.get" : "get", id, table);
    const tableName = this.tables.nameOf(tableNumber);
    if (tableName !== null && isSystemTable(tableName) !== isSystem) {
      throw new EngineError(
        "SystemTableError",
        isSystem
          ? "User tables cannot be accessed with db.system."
          : "System tables can only be accessed with db.system.",
      );
    }
    this.#reads?.addId(id);
    const document = this.#read(tableNumber, id);
    this.usage.countRead(document?.bytes ?? 0);
    return document;
  }

  insert(tableName: string, fields: Record<string, Value>): string {
    this.#assertOpen();
    const tableNumber = this.tables.numberForInsert(tableName);
    const system = this.#newDocument(tableNumber);
    const value = { ...system, ...fields, ...system };
    this.#write(tableName, tableNumber, value._id, null, value);
    this.tables.create(tableName, tableNumber);
    return value._id;
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
    this.#assertOpen();
    const { number } = this.tables.ofIdForWrite("delete", id, table);
    const before = this.#existing("Delete", number, id);
    this.usage.countWrite(0);
    this.#overlay.set(number, id, before, null);
  }

  /** The id itself when it names a document of that table (which may not exist), else null. */
  normalizeId(tableName: string, text: string): string | null {
    const decoded = decodeDocumentId(text);
    const number = this.tables.numberOf(tableName);
    return decoded.ok && number === decoded.tableNumber ? text : null;
  }

  openQuery(query: SerializedQuery): DatabaseQuery {
    this.#assertOpen();
    const plan = planQuery(this.#documents, this.#overlay, query);
    const running = new DatabaseQuery(
      this.#documents,
      this.#overlay,
      this.usage,
      plan,
      query.operators,
    );
    this.#reads?.addQuery(running);
    return running;
  }

  paginate(request: PageRequest): Page {
    this.#assertOpen();
    return paginate(this.#documents, this.#overlay, this.usage, request, this.#reads);
  }

  count(tableName: string): number {
    this.#assertOpen();
    this.usage.countRange();
    const table = this.#documents.catalog.byName(tableName);
    if (table === undefined) {
      this.#reads?.addMissingTable(tableName);
    } else {
      this.#reads?.addTable(table.number);
    }
    const committed = table === undefined ? 0 : this.#documents.count(table);
    const number = table?.number ?? this.#newTables.get(tableName);
    return committed + (number === undefined ? 0 : this.#overlay.growthOf(number));
  }

  /** The names of all tables, system tables and new ones included. */
  tableNames(): string[] {
    this.#assertOpen();
    this.#reads?.addTableNames();
    const committed = [...this.#documents.catalog.tables()].map(({ name }) => name);
    return [...committed, ...this.#newTables.keys()];
  }

  /** The indexes of a committed table; those of a schema do not change while its functions run. */
  tableIndexes(tableName: string): { name: string; fields: readonly string[] }[] {
    this.#assertOpen();
    this.#reads?.addTableNames();
    const table = this.#documents.catalog.byName(tableName);
    return [...(table?.indexes.values() ?? [])].map(({ name, fields }) => ({ name, fields }));
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

  writes(): DocumentWrite[] {
    return this.#overlay.writes();
  }

  get newTables(): ReadonlyMap<string, number> {
    return this.#newTables;
  }

  /** The `_creationTime` that the next insert would get. */
  get creationTime(): number {
    return this.#creationTime;
  }

  /** The time of the newest commit it sees, its own included. */
  get timestamp(): bigint {
    return this.hasWrites ? this.#sources.commitTimestamp : this.#sources.snapshotTimestamp;
  }

  /** The time of the newest commit that it saw when it began. */
  get snapshotTimestamp(): bigint {
    return this.#sources.snapshotTimestamp;
  }

  get commitTimestamp(): bigint {
    return this.#sources.commitTimestamp;
  }

  /** From here on notes what is read, and tells it to `onClose` when the transaction is over. */
  recordReads(onClose: (reads: ReadSet) => void): void {
    this.#reads = new ReadRecorder();
    this.#onClose = onClose;
  }

  close(): void {
    this.#closed = true;
    if (this.#reads !== null) {
      this.#onClose?.(this.#reads.readSet());
    }
  }

  #newDocument(tableNumber: number): { _creationTime: number; _id: string } {
    const _creationTime = this.#creationTime;
    const _id = encodeDocumentId(tableNumber, this.#sources.newInternalId(_creationTime));
    this.#creationTime = nextCreationTime(_creationTime);
    return { _creationTime, _id };
  }

  #change(
    operation: "patch" | "replace",
    verb: string,
    id: string,
    table: string | undefined,
    make: (before: DocumentValue) => Record<string, Value | undefined>,
  ): void {
    this.#assertOpen();
    const { name, number } = this.tables.ofIdForWrite(operation, id, table);
    const before = this.#existing(verb, number, id);
    const made = make(before.value);
    const { _id, _creationTime } = before.value;
    assertSameDocument(made, before.value);
    const system = { _creationTime, _id };
    this.#write(name, number, id, before, { ...system, ...made, ...system });
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
    this.usage.countRead(document.bytes);
    return document;
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new EngineError("TransactionClosed", "This transaction is already over.");
    }
  }
}

/** What a write makes of a document may name its system fields, and must not change them. */
function assertSameDocument(
  made: Record<string, Value | undefined>,
  { _id, _creationTime }: DocumentValue,
): void {
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
}
