import { type JSONValue, jsonToConvex } from "convex/values";
import { RequestError } from "../../engine/errors.ts";
import { readBoundedText } from "../../engine/http/readBoundedText.ts";
import { openDocuments } from "../../engine/storage/openDocuments.ts";
import { isSystemTable } from "../../engine/storage/systemTables.ts";
import { TableCatalog } from "../../engine/storage/TableCatalog.ts";
import schemaOfTollgate from "../../internal/schema.ts";
import { SnapshotError } from "../snapshot/SnapshotError.ts";
import { type SnapshotTable, SnapshotTarget } from "../snapshot/SnapshotTarget.ts";
import { ObjectSqlStore } from "./ObjectSqlStore.ts";
import { workerLog } from "./ports.ts";

/** Below it an import's steps are asked for. */
export const IMPORT_PATH = "/api/tollgate-import/";

/** One request: some documents of one table. */
const MAX_BODY_BYTES = 32 * 1_024 * 1_024;

/** In the catalog while an import is under way. */
const UNFINISHED = "import_unfinished";

/** Whether an import was begun in this store and not brought to its end: what is there is a part. */
export function isImportUnfinished(store: ObjectSqlStore): boolean {
  return new TableCatalog(store).readMeta(UNFINISHED) === "yes";
}

/** What everything else is answered with while imports are taken, or when one was not finished. */
export function stoppedForImport(): Response {
  const message = "The gateway is stopped for an import. What was not acknowledged may come again.";
  return Response.json(
    { code: "import_unfinished", message },
    { status: 503, headers: { "Retry-After": "60" } },
  );
}

/**
 * Takes a snapshot into the database of an object that serves nothing else meanwhile: `begin` with the
 * tables, `documents` of one table after another, `finish` with how many there are of each.
 *
 * Guarantees: nothing is taken where documents are. Until `finish` has counted them the object does not open,
 * and a `begin` starts from nothing.
 */
export class ImportDoor {
  readonly #state: ObjectState;
  #store: ObjectSqlStore;
  #target: { tables: SnapshotTarget; counts: Map<string, number> } | null = null;

  constructor(state: ObjectState) {
    this.#state = state;
    this.#store = new ObjectSqlStore(state.storage);
  }

  async fetch(request: Request): Promise<Response> {
    try {
      const step = new URL(request.url).pathname.slice(IMPORT_PATH.length);
      const body = JSON.parse(await readBoundedText(request, MAX_BODY_BYTES)) as object;
      switch (step) {
        case "begin":
          return Response.json(await this.#begin(body as { tables: SnapshotTable[] }));
        case "documents":
          return Response.json(this.#take(body as TakenDocuments));
        case "finish":
          return Response.json(this.#finish(body as { counts: Record<string, number> }));
        default:
          return refused(404, "not_found", "There is no such step of an import.");
      }
    } catch (error) {
      if (error instanceof SnapshotError) {
        return refused(409, error.code, error.message);
      }
      if (error instanceof RequestError || error instanceof SyntaxError) {
        return refused(400, "request_invalid", error.message);
      }
      workerLog.error("import_failed", { error: error instanceof Error ? error.name : "" });
      return refused(503, "unavailable", "The import could not be stored. Begin it again.");
    }
  }

  async #begin({ tables }: { tables: SnapshotTable[] }): Promise<object> {
    if (!isImportUnfinished(this.#store)) {
      this.#refuseDocuments();
    }
    this.#target = null;
    await this.#state.storage.deleteAll();
    this.#store = new ObjectSqlStore(this.#state.storage);
    new TableCatalog(this.#store).writeMeta(UNFINISHED, "yes");
    const target = new SnapshotTarget(this.#store, schemaOfTollgate, tables);
    this.#target = { tables: target, counts: new Map() };
    return {};
  }

  #take({ table, documents, firstLine }: TakenDocuments): object {
    const { tables, counts } = this.#begun();
    const taken = documents.map((document, i) => ({
      value: jsonToConvex(document),
      line: firstLine + i,
    }));
    const count = tables.write(table, taken);
    counts.set(table, (counts.get(table) ?? 0) + count);
    return { count };
  }

  #finish({ counts }: { counts: Record<string, number> }): object {
    const taken = this.#begun().counts;
    const wanted = Object.entries(counts).filter(([, count]) => count > 0);
    if (wanted.some(([table, count]) => taken.get(table) !== count)) {
      throw new SnapshotError("archive_damaged", "documents got lost on the way: begin again");
    }
    new TableCatalog(this.#store).writeMeta(UNFINISHED, "no");
    this.#target = null;
    return {};
  }

  /** An object that was moved meanwhile remembers nothing of the documents that came before. */
  #begun(): { tables: SnapshotTarget; counts: Map<string, number> } {
    if (this.#target === null) {
      throw new SnapshotError("import_not_begun", "no import is under way here: begin it again");
    }
    return this.#target;
  }

  #refuseDocuments(): void {
    const { documents } = openDocuments(this.#store, schemaOfTollgate);
    for (const table of documents.catalog.tables()) {
      if (!isSystemTable(table.name) && documents.count(table) > 0) {
        throw new SnapshotError("target_not_empty", "there are documents in this object already");
      }
    }
  }
}

interface TakenDocuments {
  table: string;
  /** As Convex's JSON. */
  documents: JSONValue[];
  firstLine: number;
}

function refused(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
