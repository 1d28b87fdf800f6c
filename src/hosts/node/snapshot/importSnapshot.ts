import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDocuments } from "../../../engine/storage/openDocuments.ts";
import { isSystemTable } from "../../../engine/storage/systemTables.ts";
import schemaOfTollgate from "../../../internal/schema.ts";
import { SnapshotError } from "../../snapshot/SnapshotError.ts";
import { SnapshotTarget } from "../../snapshot/SnapshotTarget.ts";
import { openDataDirectory, syncDirectory } from "../dataDirectory.ts";
import { DATABASE_FILE } from "../gateway.ts";
import { type NodeSqliteStore, openNodeSqliteStore } from "../nodeSqliteStore.ts";
import { sandboxHoldsPlans } from "../sandbox/sandboxHoldsPlans.ts";
import { systemRandom } from "../systemPorts.ts";
import { documentsOf } from "./documentsOf.ts";
import { SnapshotArchive } from "./SnapshotArchive.ts";

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
    const target = new SnapshotTarget(store, schemaOfTollgate, archive.tables);
    const counts = new Map<string, number>();
    const ofKib = Math.ceil(archive.textBytes / 1_024);
    let characters = 0;
    for (const table of archive.tables) {
      let count = 0;
      for await (const batch of documentsOf(archive, table)) {
        count += target.write(table.name, batch);
        characters += batch.reduce((sum, { text }) => sum + text.length, 0);
        onProgress(Math.min(ofKib, Math.ceil(characters / 1_024)), ofKib);
      }
      counts.set(table.name, count);
    }
    return counts;
  } finally {
    store.close();
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
