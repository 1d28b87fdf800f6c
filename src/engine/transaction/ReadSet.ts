import type { DocumentWrite } from "../storage/DocumentStore.ts";
import { compareBytes, indexKey } from "../storage/indexKey.ts";
import type { TableCatalog } from "../storage/TableCatalog.ts";

/** A stretch of an index that was read: keys from `lower` (inclusive) to `upper` (exclusive). */
export interface ReadInterval {
  readonly tableNumber: number;
  readonly indexName: string;
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
}

/**
 * What a function run depended on: while no commit touches it, running the function again gives the same
 * result. A scan that stopped early covers only what it read.
 */
export interface ReadSet {
  /** Documents read by id, whether they existed or not. */
  readonly ids: ReadonlySet<string>;
  readonly intervals: readonly ReadInterval[];
  /**
   * Names of tables that were asked for and did not exist, {@link ANY_NEW_TABLE} when all tables were
   * asked for, and the environment's table, which every run may depend on.
   */
  readonly missingTables: ReadonlySet<string>;
}

/** Touched by every insert: it may be the first one into a table. */
export const ANY_NEW_TABLE = "*";

/** Whether a transaction's writes change anything that was read. */
export function isTouchedBy(
  reads: ReadSet,
  writes: Iterable<DocumentWrite>,
  catalog: TableCatalog,
): boolean {
  for (const write of writes) {
    const table = catalog.byNumber(write.tableNumber);
    if (reads.ids.has(write.id) || (table !== undefined && reads.missingTables.has(table.name))) {
      return true;
    }
    if (write.before === null && reads.missingTables.has(ANY_NEW_TABLE)) {
      return true;
    }
    for (const interval of reads.intervals) {
      const index = table?.indexes.get(interval.indexName);
      if (interval.tableNumber !== write.tableNumber || index === undefined) {
        continue;
      }
      for (const version of [write.before, write.after]) {
        if (version !== null && contains(interval, indexKey(index, version.value))) {
          return true;
        }
      }
    }
  }
  return false;
}

function contains({ lower, upper }: ReadInterval, key: Uint8Array): boolean {
  return compareBytes(key, lower) >= 0 && compareBytes(key, upper) < 0;
}
