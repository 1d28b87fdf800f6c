import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type JSONValue, jsonToConvex } from "convex/values";
import { findSchema } from "../../../engine/schema/schema.ts";
import type { DocumentValue } from "../../../engine/storage/StoredDocument.ts";
import { tableNumberOfId } from "../../../engine/values/documentId.ts";
import schemaOfTollgate from "../../../internal/schema.ts";
import { SnapshotError } from "../../snapshot/SnapshotError.ts";
import { withoutJobs } from "../../snapshot/withoutJobs.ts";
import { writeNewFile } from "./exportSnapshot.ts";
import type { RemoteGateway } from "./RemoteGateway.ts";
import { type SnapshotSource, writeArchive } from "./writeArchive.ts";

/** Documents of one page. */
const PAGE_DOCUMENTS = 500;

/** How often it is begun again when the gateway wrote meanwhile, and how long after. */
const MAX_TRIES = 5;
const RETRY_MS = 1_000;

interface Page {
  page: DocumentValue[];
  isDone: boolean;
  continueCursor: string;
}

/**
 * Reads everything that a gateway holds, page by page as of one moment, into a new file: for one that makes no
 * exports of its own, as at the edge. It keeps no old versions of documents, so what it writes meanwhile
 * disturbs the reading, which then begins again.
 *
 * @param onProgress called now and then with how many bytes were read, about
 * @param gateway asked with an admin key
 * @throws SnapshotError `export_disturbed`, `file_exists`; what the gateway is unreachable with. No file is there then
 */
export async function pagedSnapshot(
  gateway: RemoteGateway,
  file: string,
  onProgress: (bytes: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await writeNewFile(file, await readAll(gateway, onProgress));
      return;
    } catch (error) {
      const isDisturbed = error instanceof SnapshotError && error.code === "export_disturbed";
      if (!isDisturbed || attempt === MAX_TRIES) {
        throw error;
      }
      await delay(RETRY_MS);
    }
  }
}

async function readAll(
  gateway: RemoteGateway,
  onProgress: (bytes: number) => void,
): Promise<Readable> {
  let bytes = 0;
  const { ts } = (await ask(gateway, "/api/query_ts", {})) as { ts: string };
  const query = async (path: string, args: object): Promise<unknown> => {
    const answer = await ask(gateway, "/api/query_at_ts", { path, args, ts, format: FORMAT });
    const value = answer["value"] as JSONValue;
    bytes += JSON.stringify(value).length;
    onProgress(bytes);
    return jsonToConvex(value);
  };
  const pageOf = async (table: string, numItems: number, cursor: string | null) => {
    const args = { table, order: "asc", paginationOpts: { numItems, cursor } };
    return (await query("_system/cli/tableData", args)) as Page;
  };
  const { page: tables } = (await query("_system/cli/tables", {
    paginationOpts: { numItems: PAGE_DOCUMENTS, cursor: null },
  })) as { page: { name: string }[] };
  const moved = withoutJobs(findSchema(schemaOfTollgate).schema);
  const sources: SnapshotSource[] = [];
  for (const { name } of tables) {
    const number = tableNumberOfId(String((await pageOf(name, 1, null)).page[0]?._id ?? ""));
    if (number !== null) {
      sources.push({ name, number, values: () => values(name) });
    }
  }
  async function* values(table: string): AsyncGenerator<DocumentValue> {
    let cursor: string | null = null;
    for (let isDone = false; !isDone; ) {
      const page: Page = await pageOf(table, PAGE_DOCUMENTS, cursor);
      yield* page.page.flatMap((document) => moved(table, document) ?? []);
      cursor = page.continueCursor;
      isDone = page.isDone;
    }
  }
  return writeArchive(sources.toSorted((a, b) => a.number - b.number));
}

const FORMAT = "convex_encoded_json";

async function ask(
  gateway: RemoteGateway,
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const { status, answer } = await gateway.ask(path, body);
  if (status === 503) {
    throw new SnapshotError(
      "export_disturbed",
      `${gateway.name} wrote while it was read: let no deliveries come for a moment, and try again`,
    );
  }
  if (status !== 200 || answer["status"] === "error") {
    const reason = answer["message"] ?? answer["errorMessage"] ?? "no reason";
    throw gateway.unreachable(`answers ${status}: ${reason}`);
  }
  return answer;
}
