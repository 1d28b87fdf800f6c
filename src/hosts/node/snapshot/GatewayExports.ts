import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { RequestError } from "../../../engine/errors.ts";
import type { SnapshotExports } from "../../../engine/ports.ts";
import { findSchema } from "../../../engine/schema/schema.ts";
import { DocumentStore } from "../../../engine/storage/DocumentStore.ts";
import { TableCatalog } from "../../../engine/storage/TableCatalog.ts";
import type { DataDirectory } from "../dataDirectory.ts";
import { type NodeSqliteStore, openNodeSqliteStore } from "../nodeSqliteStore.ts";
import { writeSnapshot } from "./writeSnapshot.ts";

const NANOSECONDS_PER_MS = 1_000_000n;

const COPY = /^export-\d+\.sqlite(?:-wal|-shm)?$/;

export interface GatewayExportsOptions {
  store: NodeSqliteStore;
  data: DataDirectory;
  /** What `schema.ts` of the hosted functions exports by default. */
  schema: unknown;
  /** A sandbox's plans stay where they are. */
  hasSandbox: boolean;
}

/** Exports of a gateway that goes on working: each reads a copy of the database, made beside it. */
export class GatewayExports implements SnapshotExports {
  readonly #options: GatewayExportsOptions;
  readonly #readers = new Set<Readable>();
  #latest: { takenAt: bigint; file: string } | null = null;
  #isTaking = false;

  constructor(options: GatewayExportsOptions) {
    this.#options = options;
    // What a process that was killed has left.
    this.#removeCopies();
  }

  get latest(): bigint | null {
    return this.#latest?.takenAt ?? null;
  }

  async take(): Promise<void> {
    const { store, data, hasSandbox } = this.#options;
    if (hasSandbox) {
      throw new RequestError(403, "sandbox_data", "Plans that a sandbox was paid for stay here.");
    }
    if (this.#isTaking || this.#readers.size > 0) {
      throw new RequestError(400, "ExportInProgress", "There is already an export in progress.");
    }
    this.#isTaking = true;
    try {
      this.#latest = null;
      this.#removeCopies();
      const takenAt = BigInt(Date.now()) * NANOSECONDS_PER_MS;
      const file = join(data.path, `export-${takenAt}.sqlite`);
      await store.copyTo(file);
      this.#latest = { takenAt, file };
    } finally {
      this.#isTaking = false;
    }
  }

  read(takenAt: bigint): ReadableStream<Uint8Array> | null {
    if (this.#latest?.takenAt !== takenAt) {
      return null;
    }
    const copy = openNodeSqliteStore({ path: this.#latest.file });
    this.#latest = null;
    const documents = new DocumentStore(copy, new TableCatalog(copy));
    const archive = writeSnapshot(documents, findSchema(this.#options.schema).schema);
    this.#readers.add(archive);
    archive.once("close", () => {
      copy.close();
      this.#removeCopies();
      this.#readers.delete(archive);
    });
    return Readable.toWeb(archive) as ReadableStream<Uint8Array>;
  }

  /** Ends what is being read, and leaves no copy behind. */
  async close(): Promise<void> {
    for (const archive of this.#readers) {
      const closed = new Promise((resolve) => archive.once("close", resolve));
      archive.destroy();
      await closed;
    }
    this.#removeCopies();
  }

  #removeCopies(): void {
    const { path } = this.#options.data;
    for (const name of readdirSync(path).filter((each) => COPY.test(each))) {
      rmSync(join(path, name), { force: true });
    }
  }
}
