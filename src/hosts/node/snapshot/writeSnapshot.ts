import type { Readable } from "node:stream";
import type { Schema } from "../../../engine/schema/schema.ts";
import type { DocumentStore } from "../../../engine/storage/DocumentStore.ts";
import type { DocumentValue } from "../../../engine/storage/StoredDocument.ts";
import { isSystemTable } from "../../../engine/storage/systemTables.ts";
import type { TableDefinition } from "../../../engine/storage/TableCatalog.ts";
import { withoutJobs } from "../../snapshot/withoutJobs.ts";
import { writeArchive } from "./writeArchive.ts";

/** Called now and then with how many documents were written, of how many. */
export type SnapshotProgress = (documents: number, of: number) => void;

/** Documents between two calls of it. */
const PROGRESS_DOCUMENTS = 100;

/**
 * All documents of the user tables as an archive ({@link writeArchive}), table by table in the order of their
 * numbers, documents in the order of their creation. System tables stay behind: jobs, environment variables,
 * sessions; see also {@link withoutJobs}. Nothing may write meanwhile.
 */
export function writeSnapshot(
  documents: DocumentStore,
  schema: Schema,
  onProgress: SnapshotProgress = () => undefined,
): Readable {
  const tables = [...documents.catalog.tables()]
    .filter(({ name }) => !isSystemTable(name))
    .sort((a, b) => a.number - b.number);
  const of = tables.reduce((sum, table) => sum + documents.count(table), 0);
  const moved = withoutJobs(schema);
  let written = 0;
  function* valuesOf(table: TableDefinition): Generator<DocumentValue> {
    for (const { value } of documents.everyDocument(table)) {
      const document = moved(table.name, value);
      written += 1;
      if (written % PROGRESS_DOCUMENTS === 0 || written === of) {
        onProgress(written, of);
      }
      if (document !== null) {
        yield document;
      }
    }
  }
  return writeArchive(
    tables.map((table) => ({
      name: table.name,
      number: table.number,
      values: () => valuesOf(table),
    })),
  );
}
