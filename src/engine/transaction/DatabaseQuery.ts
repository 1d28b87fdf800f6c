import type { JSONValue } from "convex/values";
import { EngineError } from "../errors.ts";
import { MAX_QUERY_OPERATORS } from "../limits.ts";
import type { DocumentStore, IndexRow, KeyRange } from "../storage/DocumentStore.ts";
import type { StoredDocument } from "../storage/StoredDocument.ts";
import { type TableDefinition, uncreatedTable } from "../storage/TableCatalog.ts";
import { compileFilter } from "./filterExpression.ts";
import { IndexScan, immediatelyAfter, type Order } from "./IndexScan.ts";
import { type RangeExpression, toKeyRange, WHOLE_INDEX } from "./indexRange.ts";
import type { ReadInterval } from "./ReadSet.ts";
import type { UsageMeter } from "./UsageMeter.ts";
import type { WriteOverlay } from "./WriteOverlay.ts";

/** A database query as the `convex` package serialises it. */
export interface SerializedQuery {
  source:
    | { type: "FullTableScan"; tableName: string; order: Order | null }
    | { type: "IndexRange"; indexName: string; range: RangeExpression[]; order: Order | null }
    | { type: "Search"; indexName: string };
  operators: ({ filter: JSONValue } | { limit: number })[];
}

/** Where to read: made from a query, narrowed by a page's cursors. `null` table: it does not exist. */
export interface QueryPlan {
  tableName: string;
  indexName: string;
  range: KeyRange;
  order: Order;
}

type Stage = { filter: ReturnType<typeof compileFilter> } | { remaining: number };

/**
 * @throws EngineError IndexNotFoundError, SearchUnsupported, TooManyOperators, SystemTable, or a bad
 *   index range
 */
export function planQuery(
  documents: DocumentStore,
  overlay: WriteOverlay,
  query: SerializedQuery,
): QueryPlan {
  const { source, operators } = query;
  if (operators.length > MAX_QUERY_OPERATORS) {
    throw new EngineError(
      "TooManyOperators",
      `Can't construct query with more than ${MAX_QUERY_OPERATORS} operators`,
    );
  }
  if (source.type === "Search") {
    throw new EngineError("SearchUnsupported", "Search indexes are not available on this host.");
  }
  const order = source.order ?? "asc";
  if (source.type === "FullTableScan") {
    const { tableName } = source;
    return { tableName, indexName: "by_creation_time", range: WHOLE_INDEX, order };
  }
  const dot = source.indexName.indexOf(".");
  const tableName = source.indexName.slice(0, dot);
  const indexName = source.indexName.slice(dot + 1);
  const index = findTable(documents, overlay, tableName)?.indexes.get(indexName);
  if (index === undefined) {
    throw new EngineError("IndexNotFoundError", `Index ${source.indexName} not found.`);
  }
  return { tableName, indexName, range: toKeyRange(source.indexName, index, source.range), order };
}

/** A table that this transaction creates can be read before it is stored. */
function findTable(
  documents: DocumentStore,
  overlay: WriteOverlay,
  name: string,
): TableDefinition | undefined {
  const number = overlay.newTables.get(name);
  return number === undefined ? documents.catalog.byName(name) : uncreatedTable(name, number);
}

/** A running database query: rows of an index through filters and limits, one at a time. */
export class DatabaseQuery {
  readonly #scan: IndexScan | null;
  readonly #stages: Stage[];
  readonly #usage: UsageMeter;
  readonly #plan: QueryPlan;
  /** Null when the table does not exist. */
  readonly tableNumber: number | null;
  #reachedEnd = false;
  /** The last row looked at, whether it passed the filters or not. */
  lastScannedKey: Uint8Array | null = null;
  scannedRows = 0;
  /** A limit was met: there is nothing more, whatever the index still holds. */
  limitMet = false;

  constructor(
    documents: DocumentStore,
    overlay: WriteOverlay,
    usage: UsageMeter,
    plan: QueryPlan,
    operators: SerializedQuery["operators"],
    expectedRows: number | null = null,
  ) {
    this.#usage = usage;
    this.#plan = plan;
    usage.countRange();
    this.#stages = operators.map((operator) =>
      "filter" in operator
        ? { filter: compileFilter(operator.filter) }
        : { remaining: operator.limit },
    );
    const table = findTable(documents, overlay, plan.tableName);
    this.tableNumber = table?.number ?? null;
    const index = table?.indexes.get(plan.indexName);
    const first = operators[0];
    const expected = first !== undefined && "limit" in first ? first.limit : expectedRows;
    this.#scan =
      table === undefined || index === undefined
        ? null
        : new IndexScan(documents, overlay, table, index, plan.range, plan.order, expected);
  }

  /** The next document, or null at the end; after the end it stays null. */
  next(): StoredDocument | null {
    for (;;) {
      this.limitMet ||= this.#stages.some((stage) => "remaining" in stage && stage.remaining <= 0);
      const row = this.limitMet ? null : (this.#scan?.next() ?? null);
      if (row === null) {
        this.#reachedEnd = !this.limitMet;
        return null;
      }
      this.scannedRows++;
      this.lastScannedKey = row.key;
      this.#usage.countRead(row.document.bytes);
      if (this.#passes(row)) {
        return row.document;
      }
    }
  }

  get tableName(): string {
    return this.#plan.tableName;
  }

  /** What of the index was read so far: up to the last row, or all of it; null when nothing was. */
  get readInterval(): ReadInterval | null {
    const { range, order, indexName } = this.#plan;
    const { tableNumber, lastScannedKey } = this;
    if (tableNumber === null) {
      return null;
    }
    if (this.#reachedEnd) {
      return { tableNumber, indexName, ...range };
    }
    if (lastScannedKey === null) {
      return null;
    }
    return order === "asc"
      ? { tableNumber, indexName, lower: range.lower, upper: immediatelyAfter(lastScannedKey) }
      : { tableNumber, indexName, lower: lastScannedKey, upper: range.upper };
  }

  #passes(row: IndexRow): boolean {
    for (const stage of this.#stages) {
      if ("remaining" in stage) {
        if (stage.remaining <= 0) {
          return false;
        }
        stage.remaining--;
      } else if (!stage.filter(row.document.value)) {
        return false;
      }
    }
    return true;
  }
}
