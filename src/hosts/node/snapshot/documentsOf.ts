import { SnapshotError } from "../../snapshot/SnapshotError.ts";
import type { SnapshotDocument } from "../../snapshot/SnapshotTarget.ts";
import { importedValue } from "./importedValue.ts";
import type { ArchivedTable, SnapshotArchive } from "./SnapshotArchive.ts";

/** Documents, and characters of their texts, that are handed on together. */
const BATCH_DOCUMENTS = 500;
const BATCH_CHARACTERS = 2 * 1_024 * 1_024;

/** A document with its text in the archive. */
export interface ArchivedDocument extends SnapshotDocument {
  readonly text: string;
}

/**
 * The documents of a table of an archive, in their order and in batches.
 *
 * @throws SnapshotError `archive_damaged`, and `archive_invalid` for a line that is no document
 */
export async function* documentsOf(
  archive: SnapshotArchive,
  table: ArchivedTable,
): AsyncGenerator<ArchivedDocument[]> {
  let batch: ArchivedDocument[] = [];
  let characters = 0;
  let line = 0;
  for await (const text of archive.lines(table)) {
    line += 1;
    batch.push({ value: archivedValue(text, table, line), line, text });
    characters += text.length;
    if (batch.length >= BATCH_DOCUMENTS || characters >= BATCH_CHARACTERS) {
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  yield batch;
}

function archivedValue(
  text: string,
  { name, isTyped }: ArchivedTable,
  line: number,
): SnapshotDocument["value"] {
  try {
    return importedValue(text, isTyped);
  } catch (error) {
    const where = `line ${line} of ${name}`;
    const message = `the archive cannot be taken: ${where} is no document: ${(error as Error).message}`;
    throw new SnapshotError("archive_invalid", message);
  }
}
