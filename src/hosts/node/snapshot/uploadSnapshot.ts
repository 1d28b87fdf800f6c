import { convexToJson } from "convex/values";
import { SnapshotError, type SnapshotErrorCode } from "../../snapshot/SnapshotError.ts";
import { documentsOf } from "./documentsOf.ts";
import type { RemoteGateway } from "./RemoteGateway.ts";
import { SnapshotArchive } from "./SnapshotArchive.ts";

/**
 * Takes a snapshot into the empty object of a Worker that takes imports; see `ImportDoor`.
 *
 * @param onProgress called now and then with how much of the archive's text was sent, about, in KiB
 * @returns the documents of each table
 * @param gateway asked with `TOLLGATE_IMPORT_KEY` as it is bound to the Worker
 * @throws SnapshotError, what the gateway is unreachable with. What was sent counts for nothing then
 */
export async function uploadSnapshot(
  gateway: RemoteGateway,
  archiveFile: string,
  onProgress: (kib: number, ofKib: number) => void = () => undefined,
): Promise<Map<string, number>> {
  const archive = await SnapshotArchive.open(archiveFile);
  try {
    await archive.verify();
    const tables = archive.tables.map(({ name, number }) => ({ name, number }));
    await ask(gateway, "begin", { tables });
    const counts = new Map<string, number>();
    const ofKib = Math.ceil(archive.textBytes / 1_024);
    let characters = 0;
    for (const table of archive.tables) {
      let count = 0;
      for await (const batch of documentsOf(archive, table)) {
        const documents = batch.map(({ value }) => convexToJson(value));
        const taken = { table: table.name, documents, firstLine: batch[0]?.line ?? 1 };
        count += Number((await ask(gateway, "documents", taken))["count"]);
        characters += batch.reduce((sum, { text }) => sum + text.length, 0);
        onProgress(Math.min(ofKib, Math.ceil(characters / 1_024)), ofKib);
      }
      counts.set(table.name, count);
    }
    await ask(gateway, "finish", { counts: Object.fromEntries(counts) });
    return counts;
  } finally {
    archive.close();
  }
}

async function ask(
  gateway: RemoteGateway,
  step: string,
  body: object,
): Promise<Record<string, unknown>> {
  const { status, answer } = await gateway.ask(`/api/tollgate-import/${step}`, body);
  const { code, message } = answer;
  if (status === 409) {
    throw new SnapshotError(code as SnapshotErrorCode, String(message));
  }
  if (status !== 200) {
    throw gateway.unreachable(
      `answers ${status}: ${message ?? "no reason"} (${code ?? "no code"})`,
    );
  }
  return answer;
}
