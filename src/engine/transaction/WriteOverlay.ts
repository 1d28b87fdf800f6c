import type { DocumentWrite } from "../storage/DocumentStore.ts";
import type { StoredDocument } from "../storage/StoredDocument.ts";
import type { IndexDefinition } from "../storage/TableCatalog.ts";
import { OwnIndex } from "./OwnIndex.ts";

/** Marks a state of the overlay to come back to. */
export type Savepoint = number;

interface UndoEntry {
  id: string;
  tableNumber: number;
  previous: DocumentWrite | undefined;
}

/**
 * The uncommitted writes of one transaction: per document the committed version and the new one.
 * Nothing here has touched storage, so undoing costs nothing but memory.
 */
export class WriteOverlay {
  readonly #tables = new Map<number, Map<string, DocumentWrite>>();
  readonly #undo: UndoEntry[] = [];
  readonly #changedIds = new Map<number, string[]>();
  readonly #indexes = new Map<number, Map<string, OwnIndex>>();
  /** Numbers of the tables that the commit will create, by name. */
  readonly newTables = new Map<string, number>();

  /** The transaction's version of a document; `undefined` when it was not written. */
  get(tableNumber: number, id: string): DocumentWrite | undefined {
    return this.#tables.get(tableNumber)?.get(id);
  }

  /** @param before the version this transaction last saw, only used for a document's first write */
  set(
    tableNumber: number,
    id: string,
    before: StoredDocument | null,
    after: StoredDocument | null,
  ): void {
    const previous = this.get(tableNumber, id);
    this.#undo.push({ id, tableNumber, previous });
    const committed = previous === undefined ? before : previous.before;
    this.#put({ id, tableNumber, before: committed, after });
  }

  isTableWritten(tableNumber: number): boolean {
    return (this.#tables.get(tableNumber)?.size ?? 0) > 0;
  }

  /** How many documents more the table has than its committed version; less than 0 for fewer. */
  growthOf(tableNumber: number): number {
    let growth = 0;
    for (const { before, after } of this.#tables.get(tableNumber)?.values() ?? []) {
      growth += Number(after !== null) - Number(before !== null);
    }
    return growth;
  }

  /**
   * Ids whose version changed, in order, repeats and undone changes included: readers remember how far
   * they have read and catch up from there.
   */
  changedIds(tableNumber: number): readonly string[] {
    return this.#changedIds.get(tableNumber) ?? [];
  }

  /** The transaction's own documents of a table in the order of one of its indexes. */
  ownIndex(tableNumber: number, index: IndexDefinition): OwnIndex {
    const indexes = this.#indexes.get(tableNumber) ?? new Map<string, OwnIndex>();
    this.#indexes.set(tableNumber, indexes);
    const ownIndex = indexes.get(index.name) ?? new OwnIndex(this, tableNumber, index);
    indexes.set(index.name, ownIndex);
    return ownIndex;
  }

  writes(): DocumentWrite[] {
    const writes: DocumentWrite[] = [];
    for (const table of this.#tables.values()) {
      for (const write of table.values()) {
        writes.push(write);
      }
    }
    return writes;
  }

  get isEmpty(): boolean {
    return this.#undo.length === 0;
  }

  savepoint(): Savepoint {
    return this.#undo.length;
  }

  rollbackTo(savepoint: Savepoint): void {
    while (this.#undo.length > savepoint) {
      const { id, tableNumber, previous } = this.#undo.pop() as UndoEntry;
      if (previous === undefined) {
        this.#tables.get(tableNumber)?.delete(id);
        this.#changedIds.get(tableNumber)?.push(id);
      } else {
        this.#put(previous);
      }
    }
  }

  #put(write: DocumentWrite): void {
    const table = this.#tables.get(write.tableNumber);
    if (table === undefined) {
      this.#tables.set(write.tableNumber, new Map([[write.id, write]]));
      this.#changedIds.set(write.tableNumber, [write.id]);
    } else {
      table.set(write.id, write);
      this.#changedIds.get(write.tableNumber)?.push(write.id);
    }
  }
}
