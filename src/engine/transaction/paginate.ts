import type { JSONValue } from "convex/values";
import { EngineError, FunctionError } from "../errors.ts";
import { MAX_DOCUMENTS_READ } from "../limits.ts";
import type { DocumentStore } from "../storage/DocumentStore.ts";
import { compareBytes } from "../storage/indexKey.ts";
import type { StoredDocument } from "../storage/StoredDocument.ts";
import { type CursorPosition, decodeCursor, encodeCursor } from "./cursor.ts";
import { DatabaseQuery, planQuery, type QueryPlan, type SerializedQuery } from "./DatabaseQuery.ts";
import { immediatelyAfter, rangeAfter } from "./IndexScan.ts";
import type { ReadRecorder } from "./ReadRecorder.ts";
import type { UsageMeter } from "./UsageMeter.ts";
import type { WriteOverlay } from "./WriteOverlay.ts";

export interface PageRequest {
  query: SerializedQuery;
  cursor: string | null;
  /** Read up to here whatever the page size: keeps reactive pages without gaps. */
  endCursor: string | null;
  pageSize: number;
  /** Rows looked at, filtered ones included; the page may then be shorter than asked. */
  maximumRowsRead: number | null;
}

export interface Page {
  documents: StoredDocument[];
  isDone: boolean;
  continueCursor: string;
}

/**
 * One page of a query. A page that fills exactly is not "done": the next one is empty and says so.
 *
 * @throws EngineError NoDocumentsForPagination, PageSizeTooLarge, InvalidPaginationLimit
 * @throws FunctionError with the data `{isConvexSystemError, paginationError: "InvalidCursor"}` that
 *   Convex's React hooks look for
 */
export function paginate(
  documents: DocumentStore,
  overlay: WriteOverlay,
  usage: UsageMeter,
  request: PageRequest,
  reads: ReadRecorder | null,
): Page {
  checkPageRequest(request);
  const { query } = request;
  const start = position(query, request.cursor);
  const end = position(query, request.endCursor);
  if (start === "end") {
    return { documents: [], isDone: true, continueCursor: encodeCursor(query, "end") };
  }
  const plan = narrowed(planQuery(documents, overlay, query), start, end);
  const expectedRows = end === null ? request.pageSize : null;
  const running = new DatabaseQuery(documents, overlay, usage, plan, query.operators, expectedRows);
  reads?.addQuery(running);
  const page: StoredDocument[] = [];
  const wanted = end === null ? request.pageSize : Number.POSITIVE_INFINITY;
  const maximumRowsRead = request.maximumRowsRead ?? Number.POSITIVE_INFINITY;
  let reachedEnd = false;
  while (page.length < wanted && running.scannedRows < maximumRowsRead) {
    const document = running.next();
    if (document === null) {
      reachedEnd = true;
      break;
    }
    page.push(document);
  }
  const stop = stopPosition(running, reachedEnd, end);
  return {
    documents: page,
    isDone: stop === "end",
    continueCursor: encodeCursor(query, stop),
  };
}

function checkPageRequest({ pageSize, maximumRowsRead }: PageRequest): void {
  if (pageSize === 0) {
    throw new EngineError(
      "NoDocumentsForPagination",
      "Must request at least 1 document while paginating",
    );
  }
  if (!Number.isInteger(pageSize) || pageSize > MAX_DOCUMENTS_READ) {
    throw new EngineError("PageSizeTooLarge", `Requested too many items: ${pageSize}`);
  }
  if (maximumRowsRead === 0) {
    throw new EngineError(
      "InvalidPaginationLimit",
      "maximumRowsRead and maximumBytesRead must be greater than 0",
    );
  }
}

function position(query: SerializedQuery, cursor: string | null): CursorPosition | null {
  if (cursor === null) {
    return null;
  }
  const decoded = decodeCursor(query, cursor);
  if (decoded === null) {
    throw new FunctionError(
      "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.",
      INVALID_CURSOR_DATA,
    );
  }
  return decoded;
}

const INVALID_CURSOR_DATA: JSONValue = {
  isConvexSystemError: true,
  paginationError: "InvalidCursor",
};

/** Cursors only ever narrow the query's own range, so a made-up one reads nothing else. */
function narrowed(
  plan: QueryPlan,
  start: { after: Uint8Array } | null,
  end: CursorPosition | null,
): QueryPlan {
  let { range } = plan;
  if (start !== null) {
    const rest = rangeAfter(range, start.after, plan.order);
    range = { lower: later(range.lower, rest.lower), upper: earlier(range.upper, rest.upper) };
  }
  if (end !== null && end !== "end") {
    range =
      plan.order === "asc"
        ? { lower: range.lower, upper: earlier(range.upper, immediatelyAfter(end.after)) }
        : { lower: later(range.lower, end.after), upper: range.upper };
  }
  return { ...plan, range };
}

function stopPosition(
  running: DatabaseQuery,
  reachedEnd: boolean,
  end: CursorPosition | null,
): CursorPosition {
  if (reachedEnd) {
    return end === null || running.limitMet ? "end" : end;
  }
  return { after: running.lastScannedKey ?? new Uint8Array() };
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}

function earlier(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? a : b;
}
