import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openDocuments } from "../../../engine/storage/openDocuments.ts";
import schemaOfTollgate from "../../../internal/schema.ts";
import { SnapshotError } from "../../snapshot/SnapshotError.ts";
import { openDataDirectory } from "../dataDirectory.ts";
import { DATABASE_FILE } from "../gateway.ts";
import { NoDatabaseError } from "../localDeployment.ts";
import { openNodeSqliteStore } from "../nodeSqliteStore.ts";
import { sandboxHoldsPlans } from "../sandbox/sandboxHoldsPlans.ts";
import { systemRandom } from "../systemPorts.ts";
import { type SnapshotProgress, writeSnapshot } from "./writeSnapshot.ts";

/**
 * Writes everything that the data directory of a gateway that does not run holds into a new file; see
 * {@link writeSnapshot} for what.
 *
 * @throws SnapshotError `file_exists`, `sandbox_data`; NoDatabaseError, StoreInUseError, StoreError,
 *   DataDirectoryError. No file is there then
 */
export async function exportSnapshot(
  dataDirectory: string,
  file: string,
  onProgress: SnapshotProgress,
): Promise<void> {
  const databaseFile = join(resolve(dataDirectory), DATABASE_FILE);
  if (!existsSync(databaseFile)) {
    throw new NoDatabaseError(`there is no database ${databaseFile}: name the data directory`);
  }
  const data = openDataDirectory(dataDirectory, systemRandom);
  if (sandboxHoldsPlans(data)) {
    throw new SnapshotError(
      "sandbox_data",
      `${data.path} holds plans that a sandbox was paid for: they stay where they are`,
    );
  }
  const store = openNodeSqliteStore({ path: databaseFile });
  try {
    const { documents, schema } = openDocuments(store, schemaOfTollgate);
    await writeNewFile(file, writeSnapshot(documents, schema, onProgress));
  } finally {
    store.close();
  }
}

/**
 * Writes a file that its owner alone can read, whole or not at all.
 *
 * @throws SnapshotError `file_exists`
 */
export async function writeNewFile(file: string, content: Readable): Promise<void> {
  if (existsSync(file)) {
    content.destroy();
    throw new SnapshotError("file_exists", `${file} is there already: name another file`);
  }
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    await pipeline(
      content,
      createWriteStream(unfinished, { mode: 0o600, flags: "wx", flush: true }),
    );
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
