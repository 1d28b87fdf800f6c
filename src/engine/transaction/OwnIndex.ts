import type { IndexRow } from "../storage/DocumentStore.ts";
import { compareBytes, indexKey } from "../storage/indexKey.ts";
import type { IndexDefinition } from "../storage/TableCatalog.ts";
import type { WriteOverlay } from "./WriteOverlay.ts";

/**
 * A transaction's own documents of one table in the order of one index. All scans of that index share it, so
 * a write costs one key, however many scans follow.
 */
export class OwnIndex {
  readonly #overlay: WriteOverlay;
  readonly #tableNumber: number;
  readonly #index: IndexDefinition;
  readonly #keys = new Map<string, Uint8Array>();
  readonly #rows: IndexRow[] = [];
  #seenChanges = 0;

  constructor(overlay: WriteOverlay, tableNumber: number, index: IndexDefinition) {
    this.#overlay = overlay;
    this.#tableNumber = tableNumber;
    this.#index = index;
  }

  /** Every own document in ascending order, as of now. Never to be changed. */
  rows(): readonly IndexRow[] {
    const changed = this.#overlay.changedIds(this.#tableNumber);
    for (; this.#seenChanges < changed.length; this.#seenChanges++) {
      this.#update(changed[this.#seenChanges] as string);
    }
    return this.#rows;
  }

  #update(id: string): void {
    const oldKey = this.#keys.get(id);
    if (oldKey !== undefined) {
      this.#rows.splice(firstNotBefore(this.#rows, oldKey), 1);
      this.#keys.delete(id);
    }
    const document = this.#overlay.get(this.#tableNumber, id)?.after ?? null;
    if (document !== null) {
      const key = indexKey(this.#index, document.value);
      this.#rows.splice(firstNotBefore(this.#rows, key), 0, { key, document });
      this.#keys.set(id, key);
    }
  }
}

/** Where the first of `rows`, which ascend, is that does not lie before `key`. */
export function firstNotBefore(rows: readonly IndexRow[], key: Uint8Array): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes((rows[middle] as IndexRow).key, key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
