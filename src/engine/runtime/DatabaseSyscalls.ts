import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { isSystemModule } from "../admin/isSystemModule.ts";
import { EngineError } from "../errors.ts";
import type { StoredDocument } from "../storage/StoredDocument.ts";
import { isPrivateSystemTable } from "../storage/systemTables.ts";
import type { DatabaseQuery, SerializedQuery } from "../transaction/DatabaseQuery.ts";
import type { PageRequest } from "../transaction/paginate.ts";
import { tableNumberOfId } from "../values/documentId.ts";
import type { TransactionCall } from "./TransactionCall.ts";

/** The argument of a syscall as the `convex` package sends it. */
export type SyscallArgument = Record<string, JSONValue>;

/** The syscalls that change documents. */
export type WriteOperation = "1.0/insert" | "1.0/shallowMerge" | "1.0/replace" | "1.0/remove";

/**
 * `ctx.db` of one query or mutation: reads and writes documents of the call's transaction, and keeps the
 * queries that the function has open. Answers in the `convex` package's JSON text; throws EngineError.
 */
export class DatabaseSyscalls {
  readonly #call: TransactionCall;
  readonly #queries = new Map<number, DatabaseQuery>();
  #nextQueryId = 0;
  #hasPaginated = false;

  constructor(call: TransactionCall) {
    this.#call = call;
  }

  get(argument: SyscallArgument): string {
    const table = argument["table"] as string | undefined;
    const document = this.find(String(argument["id"]), table, argument["isSystem"] === true);
    return document === null ? "null" : document.json;
  }

  find(id: string, table: string | undefined, isSystem: boolean): StoredDocument | null {
    const { transaction } = this.#call;
    this.#assertVisible(transaction.tables.nameOf(tableNumberOfId(id) ?? 0));
    return transaction.get(id, table, isSystem);
  }

  openQuery(query: SerializedQuery): string {
    const queryId = this.#nextQueryId++;
    this.#queries.set(queryId, this.open(query));
    return JSON.stringify({ queryId });
  }

  /** For who keeps the query itself. */
  open(query: SerializedQuery): DatabaseQuery {
    this.#assertVisible(queriedTable(query));
    return this.#call.transaction.openQuery(query);
  }

  nextOfQuery(queryId: number): string {
    const query = this.#queries.get(queryId);
    if (query === undefined) {
      throw new EngineError("QueryClosed", `Query ${queryId} is not open.`);
    }
    const document = query.next();
    return document === null
      ? `{"value":null,"done":true}`
      : `{"value":${document.json},"done":false}`;
  }

  closeQuery(queryId: number): string {
    return JSON.stringify(this.#queries.delete(queryId));
  }

  page(argument: PageRequest): string {
    if (this.#hasPaginated) {
      throw new EngineError(
        "MultiplePaginatedDatabaseQueries",
        "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.",
      );
    }
    this.#hasPaginated = true;
    this.#assertVisible(queriedTable(argument.query));
    const { journal, transaction } = this.#call;
    const endCursor = argument.endCursor ?? journal?.previousEndCursor ?? null;
    const page = transaction.paginate({ ...argument, endCursor });
    if (journal !== null) {
      journal.endCursor = page.continueCursor;
    }
    const documents = page.documents.map((document) => document.json).join(",");
    const rest = { splitCursor: null, pageStatus: null };
    const { isDone, continueCursor } = page;
    return `{"page":[${documents}],${JSON.stringify({ isDone, continueCursor, ...rest }).slice(1)}`;
  }

  count(tableName: string): string {
    return JSON.stringify(this.#call.transaction.count(tableName));
  }

  normalizeId(tableName: string, idString: string): string {
    return JSON.stringify({ id: this.#call.transaction.normalizeId(tableName, idString) });
  }

  /** For mutations only: that this is one, the caller has checked. */
  write(operation: WriteOperation, argument: SyscallArgument): string {
    const { transaction } = this.#call;
    const id = String(argument["id"]);
    const table = argument["table"] as string | undefined;
    switch (operation) {
      case "1.0/insert": {
        const fields = jsonToConvex(argument["value"] as JSONValue) as Record<string, Value>;
        return JSON.stringify({ _id: transaction.insert(String(table), fields) });
      }
      case "1.0/shallowMerge":
        transaction.patch(id, patchFields(argument["value"] as SyscallArgument), table);
        return "null";
      case "1.0/replace": {
        const fields = jsonToConvex(argument["value"] as JSONValue) as Record<string, Value>;
        transaction.replace(id, fields, table);
        return "null";
      }
      case "1.0/remove":
        transaction.delete(id, table);
        return "null";
    }
  }

  /** Secrets and other callers' results are for the engine's own functions only. */
  #assertVisible(tableName: string | null): void {
    const isOwn = isSystemModule(this.#call.hosted.path.module);
    if (tableName !== null && isPrivateSystemTable(tableName) && !isOwn) {
      throw new EngineError("SystemTableError", `The system table ${tableName} is private.`);
    }
  }
}

function queriedTable({ source }: SerializedQuery): string | null {
  return source.type === "FullTableScan"
    ? source.tableName
    : (source.indexName.split(".")[0] ?? null);
}

function patchFields(json: SyscallArgument): Record<string, Value | undefined> {
  const fields: Record<string, Value | undefined> = {};
  for (const [field, value] of Object.entries(json)) {
    const isUndefined = typeof value === "object" && value !== null && "$undefined" in value;
    fields[field] = isUndefined ? undefined : jsonToConvex(value);
  }
  return fields;
}
