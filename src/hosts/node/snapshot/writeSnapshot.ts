import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { Schema } from "../../../engine/schema/schema.ts";
import type { DocumentStore } from "../../../engine/storage/DocumentStore.ts";
import { isSystemTable } from "../../../engine/storage/systemTables.ts";
import type { TableDefinition } from "../../../engine/storage/TableCatalog.ts";
import { exportText } from "./exportText.ts";
import { withoutJobs } from "./withoutJobs.ts";

/** Called now and then with how many documents were written, of how many. */
export type SnapshotProgress = (documents: number, of: number) => void;

/** Characters of lines that are handed on together. */
const CHUNK_CHARACTERS = 64 * 1_024;

/** Bits of a file that its owner alone may read. */
const PRIVATE_FILE = 0o100600;

const README = `A snapshot of the tables of a Tollgate deployment, in the format of Convex's exports: the documents of
each table are lines of JSON in TABLE/documents.jsonl. "tollgate import" and "npx convex import" take it.
`;

/**
 * All documents of the user tables as a ZIP archive in the format of `npx convex export`, table by table in
 * the order of their numbers, documents in the order of their creation. System tables stay behind: jobs, environment
 * variables, sessions; see also {@link withoutJobs}. Little is in memory at a time. Nothing may write
 * meanwhile.
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
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error) => output.destroy(error as Error));
  const add = (path: string, content: string): void =>
    zip.addBuffer(Buffer.from(content), path, { mode: PRIVATE_FILE });
  add("README.md", README);
  add(
    "_tables/documents.jsonl",
    tables.map(({ name, number }) => `${JSON.stringify({ name, id: number })}\n`).join(""),
  );
  const moved = withoutJobs(schema);
  let written = 0;
  function* linesOf(table: TableDefinition): Generator<string> {
    let chunk = "";
    if (output.destroyed) {
      // Nobody reads on; the store may be closed.
      return;
    }
    for (const { value } of documents.everyDocument(table)) {
      const document = moved(table.name, value);
      written += 1;
      chunk += document === null ? "" : `${exportText(document)}\n`;
      if (chunk.length >= CHUNK_CHARACTERS) {
        onProgress(written, of);
        yield chunk;
        chunk = "";
        if (output.destroyed) {
          return;
        }
      }
    }
    onProgress(written, of);
    yield chunk;
  }
  for (const table of tables) {
    const options = { mode: PRIVATE_FILE };
    zip.addReadStreamLazy(`${table.name}/documents.jsonl`, options, (take) =>
      take(null, Readable.from(linesOf(table))),
    );
    // Says that the numbers tell their types.
    add(`${table.name}/generated_schema.jsonl`, '"uniform"\n');
  }
  zip.end();
  return output;
}
