import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { writeNewFile } from "../../hosts/node/snapshot/exportSnapshot.ts";
import { pagedSnapshot } from "../../hosts/node/snapshot/pagedSnapshot.ts";
import { UnreachableError } from "./Connection.ts";
import { remoteConnection } from "./remoteConnection.ts";
import { remoteGateway } from "./remoteGateway.ts";
import { type RemotePlace, remoteHeaders } from "./remoteHeaders.ts";

const POLL_INTERVAL_MS = 1_000;

/** What `_system/cli/exports:getLatest` answers. */
type ExportState =
  | { state: "requested" | "in_progress" | "failed" }
  | { state: "completed"; start_ts: string };

/**
 * Has a deployment that runs, of Tollgate or of Convex, make an export, and writes it into a new file.
 *
 * @param onProgress called now and then with the bytes that have arrived
 * @throws UnreachableError, SnapshotError `file_exists`. No file is there then
 */
export async function downloadSnapshot(
  place: RemotePlace,
  file: string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const { url } = place;
  const headers = remoteHeaders(place);
  const request = { method: "POST", headers };
  const isOffered = await ask(url, "/api/export/request/zip?includeStorage=false", request);
  if (isOffered === null) {
    await pagedSnapshot(remoteGateway(place), file, onProgress);
    return;
  }
  const takenAt = await completedAt(place);
  const answer = await ask(url, `/api/export/zip/${takenAt}`, { headers });
  const archive = answer?.body as ReadableStream<Uint8Array>;
  try {
    await writeNewFile(file, Readable.from(counted(archive, onProgress)));
  } catch (error) {
    // The gateway keeps its copy for as long as somebody reads it.
    await archive.cancel().catch(() => undefined);
    throw error;
  }
}

async function completedAt(place: RemotePlace): Promise<string> {
  const connection = remoteConnection(place);
  for (;;) {
    const path = "_system/cli/exports:getLatest";
    const latest = (await connection.call(path, {})) as ExportState | null;
    if (latest?.state === "completed") {
      return latest.start_ts;
    }
    if (latest === null || latest.state === "failed") {
      throw new UnreachableError(`${place.url} could not make the export`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

/** @returns null when this host makes no exports */
async function ask(url: string, path: string, init: RequestInit): Promise<Response | null> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), init);
  } catch (error) {
    throw new UnreachableError(`${url} does not answer: ${(error as Error).message}`);
  }
  if (!response.ok) {
    const refused = (await response.json().catch(() => ({}))) as {
      code?: string;
      message?: string;
    };
    if (refused.code === "ExportNotOffered") {
      return null;
    }
    const reason = refused.message ?? "no reason";
    throw new UnreachableError(
      `${url} answers ${response.status}: ${reason} (${refused.code ?? "no code"})`,
    );
  }
  return response;
}

async function* counted(
  body: ReadableStream<Uint8Array>,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    onProgress(bytes);
    yield chunk;
  }
}
