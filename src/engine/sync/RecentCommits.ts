import { MAX_RECENT_COMMITS, MAX_RECENT_COMMITS_BYTES } from "../limits.ts";
import type { DocumentWrite } from "../storage/DocumentStore.ts";
import type { TableCatalog } from "../storage/TableCatalog.ts";
import { isTouchedBy, type ReadSet } from "../transaction/ReadSet.ts";

interface RecentCommit {
  readonly timestamp: bigint;
  readonly writes: readonly DocumentWrite[];
  readonly bytes: number;
}

/**
 * The last commits of this process, within bounds of number and size. A commit that was lost with its
 * batch may be among them: answers err on the side of "changed".
 */
export class RecentCommits {
  readonly #catalog: TableCatalog;
  readonly #commits: RecentCommit[] = [];
  #bytes = 0;
  /** All commits after this one are here. */
  #floor: bigint;

  constructor(catalog: TableCatalog, floor: bigint) {
    this.#catalog = catalog;
    this.#floor = floor;
  }

  add(writes: readonly DocumentWrite[], timestamp: bigint): void {
    const bytes = writes.reduce(
      (sum, { before, after }) =>
        sum + (before?.fieldsJson.length ?? 0) + (after?.fieldsJson.length ?? 0),
      0,
    );
    this.#commits.push({ timestamp, writes, bytes });
    this.#bytes += bytes;
    while (
      this.#commits.length > MAX_RECENT_COMMITS ||
      (this.#bytes > MAX_RECENT_COMMITS_BYTES && this.#commits.length > 0)
    ) {
      const dropped = this.#commits.shift() as RecentCommit;
      this.#bytes -= dropped.bytes;
      this.#floor = dropped.timestamp;
    }
  }

  /** True only when what was read now is what would have been read at `timestamp`. */
  isUnchangedSince(timestamp: bigint, reads: ReadSet): boolean {
    return (
      timestamp >= this.#floor &&
      this.#commits.every(
        (commit) =>
          commit.timestamp <= timestamp || !isTouchedBy(reads, commit.writes, this.#catalog),
      )
    );
  }
}
