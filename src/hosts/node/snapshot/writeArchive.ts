import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { DocumentValue } from "../../../engine/storage/StoredDocument.ts";
import { exportText } from "./exportText.ts";

/** A table with its documents in the order of their creation. */
export interface SnapshotSource {
  name: string;
  number: number;
  values(): Iterable<DocumentValue> | AsyncIterable<DocumentValue>;
}

/** Characters of lines that are handed on together. */
const CHUNK_CHARACTERS = 64 * 1_024;

/** Bits of a file that its owner alone may read. */
const PRIVATE_FILE = 0o100600;

const README = `A snapshot of the tables of a Tollgate deployment, in the format of Convex's exports: the documents of
each table are lines of JSON in TABLE/documents.jsonl. "tollgate import" and "npx convex import" take it.
`;

/**
 * Tables as a ZIP archive in the format of `npx convex export`, one after another. Little is in memory at a
 * time. What a source throws breaks the archive off.
 */
export function writeArchive(sources: readonly SnapshotSource[]): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error) => output.destroy(error as Error));
  const add = (path: string, content: string): void =>
    zip.addBuffer(Buffer.from(content), path, { mode: PRIVATE_FILE });
  add("README.md", README);
  add(
    "_tables/documents.jsonl",
    sources.map(({ name, number }) => `${JSON.stringify({ name, id: number })}\n`).join(""),
  );
  for (const source of sources) {
    const options = { mode: PRIVATE_FILE };
    zip.addReadStreamLazy(`${source.name}/documents.jsonl`, options, (take) =>
      take(null, Readable.from(linesOf(source, output))),
    );
    // Says that the numbers tell their types.
    add(`${source.name}/generated_schema.jsonl`, '"uniform"\n');
  }
  zip.end();
  return output;
}

async function* linesOf({ values }: SnapshotSource, output: Readable): AsyncGenerator<string> {
  let chunk = "";
  if (output.destroyed) {
    // Nobody reads on; the store may be closed.
    return;
  }
  for await (const value of values()) {
    chunk += `${exportText(value)}\n`;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = "";
      if (output.destroyed) {
        return;
      }
    }
  }
  yield chunk;
}
