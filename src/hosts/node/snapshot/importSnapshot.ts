import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findMismatch, type Schema } from "../../../engine/schema/schema.ts";
import type { DocumentStore, DocumentWrite } from "../../../engine/storage/DocumentStore.ts";
import { openDocuments } from "../../../engine/storage/openDocuments.ts";
import { hasPlace } from "../../../engine/storage/place.ts";
import { type DocumentValue, StoredDocument } from "../../../engine/storage/StoredDocument.ts";
import { isSystemTable } from "../../../engine/storage/systemTables.ts";
import { FIRST_USER_TABLE_NUMBER, TableCatalog } from "../../../engine/storage/TableCatalog.ts";
import { tableNumberOfId } from "../../../engine/values/documentId.ts";
import schemaOfTollgate from "../../../internal/schema.ts";
import { openDataDirectory, syncDirectory } from "../dataDirectory.ts";
import { DATABASE_FILE } from "../gateway.ts";
import { type NodeSqliteStore, openNodeSqliteStore } from "../nodeSqliteStore.ts";
import { sandboxHoldsPlans } from "../sandbox/startSandbox.ts";
import { systemRandom } from "../systemPorts.ts";
import { importedValue } from "./importedValue.ts";
import { type ArchivedTable, SnapshotArchive } from "./SnapshotArchive.ts";
import { SnapshotError } from "./SnapshotError.ts";
import { type Moved, withoutJobs } from "./withoutJobs.ts";

/** Documents that are written in one transaction. */
const BATCH_DOCUMENTS = 500;

export interface ImportOptions {
  archiveFile: string;
  dataDirectory: string;
  /** Takes the place of documents that are there; their file stays beside the new one, as `….replaced`. */
  isReplacing: boolean;
  /** Called now and then with how much of the archive's text was taken, about, in KiB. */
  onProgress?: (kib: number, ofKib: number) => void;
}

export interface ImportedSnapshot {
  databaseFile: string;
  /** Where the database that was replaced is now, or null. */
  replacedFile: string | null;
  /** Documents of each table. */
  counts: Map<string, number>;
}

/**
 * Takes a snapshot into the data directory of a gateway that does not run: ids and creation times stay. The
 * new database is made beside the old one and takes its place at the end, so a crash, a damaged archive and a
 * document that does not fit leave everything as it was. Little is in memory at a time.
 *
 * Jobs are not in a snapshot, and secrets and variables are not: the gateway's sweepers find what is due.
 *
 * @throws SnapshotError; DataDirectoryError, StoreInUseError, StoreError
 */
export async function importSnapshot(options: ImportOptions): Promise<ImportedSnapshot> {
  const data = openDataDirectory(options.dataDirectory, systemRandom);
  if (sandboxHoldsPlans(data)) {
    throw new SnapshotError(
      "sandbox_data",
      `${data.path} holds plans that a sandbox was paid for: name another directory`,
    );
  }
  const archive = await SnapshotArchive.open(options.archiveFile);
  const databaseFile = join(data.path, DATABASE_FILE);
  const isNew = !existsSync(databaseFile);
  try {
    // First, or damage would look like documents that do not fit.
    await archive.verify();
    // Open until the end: its lock keeps a gateway out.
    const target = openNodeSqliteStore({ path: databaseFile });
    const building = `${databaseFile}.importing`;
    try {
      if (!isNew && !options.isReplacing) {
        refuseDocuments(target, databaseFile);
      }
      const counts = await build(building, archive, options.onProgress);
      target.close();
      const replacedFile = isNew ? null : keepReplaced(databaseFile);
      renameSync(building, databaseFile);
      syncDirectory(data.path);
      return { databaseFile, replacedFile, counts };
    } catch (error) {
      target.close();
      removeDatabase(building);
      if (isNew) {
        removeDatabase(databaseFile);
      }
      throw error;
    }
  } finally {
    archive.close();
  }
}

function refuseDocuments(target: NodeSqliteStore, databaseFile: string): void {
  const { documents } = openDocuments(target, schemaOfTollgate);
  for (const table of documents.catalog.tables()) {
    if (!isSystemTable(table.name) && documents.count(table) > 0) {
      throw new SnapshotError(
        "target_not_empty",
        `there are documents in ${databaseFile}. Name another data directory, or replace them: --replace`,
      );
    }
  }
}

async function build(
  file: string,
  archive: SnapshotArchive,
  onProgress: ImportOptions["onProgress"] = () => undefined,
): Promise<Map<string, number>> {
  // What an import that was cut short has left.
  removeDatabase(file);
  const store = openNodeSqliteStore({ path: file });
  try {
    createTables(store, archive.tables);
    const { documents, schema } = openDocuments(store, schemaOfTollgate);
    const moved = withoutJobs(schema);
    const counts = new Map<string, number>();
    const ofKib = Math.ceil(archive.textBytes / 1_024);
    let characters = 0;
    for (const table of archive.tables) {
      let count = 0;
      for await (const batch of batchesOf(archive, table, { documents, schema, moved })) {
        writeBatch(store, documents, table, batch);
        count += batch.length;
        characters += batch.reduce((sum, { after }) => sum + (after?.json.length ?? 0), 0);
        onProgress(Math.min(ofKib, Math.ceil(characters / 1_024)), ofKib);
      }
      counts.set(table.name, count);
    }
    return counts;
  } finally {
    store.close();
  }
}

/** Before the schema makes those that are missing: ids carry the numbers that tables had. */
function createTables(store: NodeSqliteStore, tables: readonly ArchivedTable[]): void {
  const catalog = new TableCatalog(store);
  store.transaction(() => {
    for (const { name, number } of tables) {
      const isTaken = number !== null && catalog.byNumber(number) !== undefined;
      if (number === null || number < FIRST_USER_TABLE_NUMBER || number > 2 ** 32 - 1 || isTaken) {
        throw invalid(`the table ${name} has no number of its own`);
      }
      catalog.createTable(name, number);
    }
  });
}

interface Target {
  documents: DocumentStore;
  schema: Schema;
  moved: Moved;
}

async function* batchesOf(
  archive: SnapshotArchive,
  table: ArchivedTable,
  target: Target,
): AsyncGenerator<DocumentWrite[]> {
  let batch: DocumentWrite[] = [];
  let line = 0;
  for await (const text of archive.lines(table)) {
    line += 1;
    const write = readDocument(text, table, target, line);
    if (write !== null) {
      batch.push(write);
    }
    if (batch.length >= BATCH_DOCUMENTS) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

/** @returns null for a document that does not move */
function readDocument(
  text: string,
  { name, number, isTyped }: ArchivedTable,
  { documents, schema, moved }: Target,
  line: number,
): DocumentWrite | null {
  const where = `line ${line} of ${name}`;
  const value = orInvalid(where, () => importedValue(text, isTyped)) as DocumentValue;
  const { _id, _creationTime } = value ?? {};
  if (typeof _id !== "string" || tableNumberOfId(_id) !== number) {
    throw invalid(`${where} has no _id of this table`);
  }
  if (typeof _creationTime !== "number" || !hasPlace(_creationTime)) {
    throw invalid(`${where} has no _creationTime of Convex's kind`);
  }
  const document = moved(name, value);
  if (document === null) {
    return null;
  }
  const mismatch = findMismatch(schema, name, document, documents.catalog);
  if (mismatch !== null) {
    throw invalid(`${where} does not match the schema: ${mismatch.message}`);
  }
  const after = orInvalid(where, () => StoredDocument.fromValue(document));
  return { id: _id, tableNumber: number as number, before: null, after };
}

function writeBatch(
  store: NodeSqliteStore,
  documents: DocumentStore,
  { name }: ArchivedTable,
  batch: readonly DocumentWrite[],
): void {
  try {
    store.transaction(() => documents.apply(batch, new Map()));
  } catch (error) {
    if (/UNIQUE constraint/.test((error as Error).message)) {
      throw invalid(`two documents of ${name} have the same id or place`);
    }
    throw error;
  }
}

/** The file under a second name: at every moment there is a database under the first. */
function keepReplaced(databaseFile: string): string {
  const replacedFile = `${databaseFile}.replaced`;
  rmSync(replacedFile, { force: true });
  linkSync(databaseFile, replacedFile);
  return replacedFile;
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(`${file}${suffix}`, { force: true });
  }
}

function orInvalid<T>(where: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw invalid(`${where} is no document: ${(error as Error).message}`);
  }
}

function invalid(what: string): SnapshotError {
  return new SnapshotError("archive_invalid", `the archive cannot be taken: ${what}`);
}
