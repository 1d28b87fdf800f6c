import { SCAN_CHUNK_ROWS_FIRST, SCAN_CHUNK_ROWS_MAX } from "../limits.ts";
import type { DocumentStore, IndexRow, KeyRange } from "../storage/DocumentStore.ts";
import { compareBytes } from "../storage/indexKey.ts";
import type { IndexDefinition, TableDefinition } from "../storage/TableCatalog.ts";
import { firstNotBefore, type OwnIndex } from "./OwnIndex.ts";
import type { WriteOverlay } from "./WriteOverlay.ts";

export type Order = "asc" | "desc";

/**
 * Walks a stretch of an index as one transaction sees it: committed rows merged with the transaction's
 * own writes, in key order. Writes made while walking are seen from the current position on.
 */
export class IndexScan {
  readonly #committed: CommittedRows;
  readonly #own: OwnRows;
  readonly #order: Order;

  constructor(
    documents: DocumentStore,
    overlay: WriteOverlay,
    table: TableDefinition,
    index: IndexDefinition,
    range: KeyRange,
    order: Order,
    expectedRows: number | null,
  ) {
    this.#order = order;
    this.#committed = new CommittedRows(
      documents,
      overlay,
      table,
      index,
      range,
      order,
      expectedRows,
    );
    this.#own = new OwnRows(overlay.ownIndex(table.number, index), range, order);
  }

  next(): IndexRow | null {
    const committed = this.#committed.peek();
    const own = this.#own.peek();
    if (own === null && committed === null) {
      return null;
    }
    if (own === null || (committed !== null && isBefore(this.#order, committed.key, own.key))) {
      this.#committed.advance();
      this.#own.position = (committed as IndexRow).key;
      return committed;
    }
    this.#own.position = own.key;
    return own;
  }
}

/** The committed rows of a range, fetched in growing chunks; rows the transaction rewrote are skipped. */
class CommittedRows {
  readonly #documents: DocumentStore;
  readonly #overlay: WriteOverlay;
  readonly #table: TableDefinition;
  readonly #index: IndexDefinition;
  readonly #order: Order;
  #rest: KeyRange | null;
  #chunkRows: number;
  #chunk: IndexRow[] = [];
  #offset = 0;

  constructor(
    documents: DocumentStore,
    overlay: WriteOverlay,
    table: TableDefinition,
    index: IndexDefinition,
    range: KeyRange,
    order: Order,
    expectedRows: number | null,
  ) {
    this.#documents = documents;
    this.#overlay = overlay;
    this.#table = table;
    this.#index = index;
    this.#order = order;
    // A table that the transaction creates has no rows of its own yet.
    this.#rest = documents.catalog.byNumber(table.number) === undefined ? null : range;
    this.#chunkRows = chunkRows(expectedRows ?? SCAN_CHUNK_ROWS_FIRST);
  }

  peek(): IndexRow | null {
    for (;;) {
      const row = this.#chunk[this.#offset];
      if (row === undefined) {
        if (!this.#fetch()) {
          return null;
        }
      } else if (this.#isRewritten(row)) {
        this.#offset++;
      } else {
        return row;
      }
    }
  }

  advance(): void {
    this.#offset++;
  }

  #isRewritten(row: IndexRow): boolean {
    return (
      this.#overlay.isTableWritten(this.#table.number) &&
      this.#overlay.get(this.#table.number, row.document.id) !== undefined
    );
  }

  #fetch(): boolean {
    if (this.#rest === null) {
      return false;
    }
    const rows = this.#chunkRows;
    this.#chunk = this.#documents.scan(this.#table, this.#index, this.#rest, this.#order, rows);
    this.#offset = 0;
    const last = this.#chunk.at(-1);
    this.#rest =
      last === undefined || this.#chunk.length < rows
        ? null
        : rangeAfter(this.#rest, last.key, this.#order);
    this.#chunkRows = Math.min(rows * 4, SCAN_CHUNK_ROWS_MAX);
    return this.#chunk.length > 0;
  }
}

/** A power of two, at least as many unless that is too many: few sizes make few statements. */
function chunkRows(wanted: number): number {
  // Functions may set limits that are no numbers.
  const rows = Math.max(1, Math.min(wanted, SCAN_CHUNK_ROWS_MAX) || 1);
  return 2 ** Math.ceil(Math.log2(rows));
}

/** The transaction's own documents inside a range, its latest writes included on each look. */
class OwnRows {
  readonly #index: OwnIndex;
  readonly #range: KeyRange;
  readonly #order: Order;
  /** The key last returned by the scan; rows up to it are over. */
  position: Uint8Array | null = null;

  constructor(index: OwnIndex, range: KeyRange, order: Order) {
    this.#index = index;
    this.#range = range;
    this.#order = order;
  }

  peek(): IndexRow | null {
    const rows = this.#index.rows();
    if (rows.length === 0) {
      return null;
    }
    const { lower, upper } =
      this.position === null ? this.#range : rangeAfter(this.#range, this.position, this.#order);
    const row =
      this.#order === "asc"
        ? rows[firstNotBefore(rows, lower)]
        : rows[firstNotBefore(rows, upper) - 1];
    return row !== undefined && isInside(row.key, lower, upper) ? row : null;
  }
}

function isInside(key: Uint8Array, lower: Uint8Array, upper: Uint8Array): boolean {
  return compareBytes(key, lower) >= 0 && compareBytes(key, upper) < 0;
}

/** What of a range remains after the row with this key. */
export function rangeAfter(range: KeyRange, key: Uint8Array, order: Order): KeyRange {
  return order === "asc"
    ? { lower: immediatelyAfter(key), upper: range.upper }
    : { lower: range.lower, upper: key };
}

/** The least key greater than `key`. */
export function immediatelyAfter(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function isBefore(order: Order, a: Uint8Array, b: Uint8Array): boolean {
  const difference = compareBytes(a, b);
  return order === "asc" ? difference < 0 : difference > 0;
}
