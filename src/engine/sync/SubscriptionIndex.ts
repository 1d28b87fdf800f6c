import type { Random } from "../ports.ts";
import type { DocumentWrite } from "../storage/DocumentStore.ts";
import { indexKey } from "../storage/indexKey.ts";
import type { TableCatalog, TableDefinition } from "../storage/TableCatalog.ts";
import { ANY_NEW_TABLE, type ReadSet } from "../transaction/ReadSet.ts";
import { IntervalIndex } from "./IntervalIndex.ts";

/** Somebody's interest in what a function run has read. */
export interface Subscription {
  /** Ends it; harmless when it has ended. */
  end(): void;
}

interface Entry extends Subscription {
  readonly reads: ReadSet;
  readonly onTouched: () => void;
}

/**
 * Who has read what. A commit looks up the keys that it changed, so that its cost depends on how many
 * subscriptions it touches and hardly on how many there are.
 */
export class SubscriptionIndex {
  readonly #catalog: TableCatalog;
  readonly #byId = new Map<string, Set<Entry>>();
  /** By table number, then by index name. */
  readonly #intervals = new Map<number, Map<string, IntervalIndex<Entry>>>();
  readonly #byMissingTable = new Map<string, Set<Entry>>();
  readonly #nextPriority: () => number;

  constructor(catalog: TableCatalog, random: Random) {
    this.#catalog = catalog;
    this.#nextPriority = pseudoRandom(random);
  }

  /** Calls `onTouched` at the first commit from now on that touches `reads`, once. */
  add(reads: ReadSet, onTouched: () => void): Subscription {
    const entry: Entry = { reads, onTouched, end: () => this.#remove(entry) };
    for (const id of reads.ids) {
      addTo(this.#byId, id, entry);
    }
    for (const name of reads.missingTables) {
      addTo(this.#byMissingTable, name, entry);
    }
    for (const { tableNumber, indexName, lower, upper } of reads.intervals) {
      this.#intervalsOf(tableNumber, indexName).add(lower, upper, entry);
    }
    return entry;
  }

  /** Ends and tells every subscription that these writes touch. */
  applied(writes: readonly DocumentWrite[]): void {
    const touched = new Set<Entry>();
    for (const write of writes) {
      this.#collect(write, touched);
    }
    for (const entry of touched) {
      entry.end();
    }
    for (const entry of touched) {
      entry.onTouched();
    }
  }

  #collect(write: DocumentWrite, touched: Set<Entry>): void {
    const found = (entry: Entry): void => {
      touched.add(entry);
    };
    const table = this.#catalog.byNumber(write.tableNumber);
    this.#byId.get(write.id)?.forEach(found);
    if (table === undefined) {
      return;
    }
    this.#byMissingTable.get(table.name)?.forEach(found);
    if (write.before === null) {
      this.#byMissingTable.get(ANY_NEW_TABLE)?.forEach(found);
    }
    for (const [indexName, intervals] of this.#intervals.get(table.number) ?? []) {
      for (const key of keysOf(write, table, indexName)) {
        intervals.eachAt(key, found);
      }
    }
  }

  #remove(entry: Entry): void {
    const { ids, missingTables, intervals } = entry.reads;
    for (const id of ids) {
      removeFrom(this.#byId, id, entry);
    }
    for (const name of missingTables) {
      removeFrom(this.#byMissingTable, name, entry);
    }
    for (const { tableNumber, indexName, lower, upper } of intervals) {
      const ofTable = this.#intervals.get(tableNumber);
      const ofIndex = ofTable?.get(indexName);
      ofIndex?.remove(lower, upper, entry);
      if (ofIndex?.isEmpty) {
        ofTable?.delete(indexName);
      }
    }
  }

  #intervalsOf(tableNumber: number, indexName: string): IntervalIndex<Entry> {
    const ofTable = this.#intervals.get(tableNumber) ?? new Map<string, IntervalIndex<Entry>>();
    this.#intervals.set(tableNumber, ofTable);
    const ofIndex = ofTable.get(indexName) ?? new IntervalIndex<Entry>(this.#nextPriority);
    ofTable.set(indexName, ofIndex);
    return ofIndex;
  }
}

/** Where the document was and is in an index. */
function keysOf(
  { before, after }: DocumentWrite,
  table: TableDefinition,
  indexName: string,
): Uint8Array[] {
  const index = table.indexes.get(indexName);
  const keys: Uint8Array[] = [];
  for (const version of [before, after]) {
    if (index !== undefined && version !== null) {
      keys.push(indexKey(index, version.value));
    }
  }
  return keys;
}

function addTo(entries: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const there = entries.get(key);
  if (there === undefined) {
    entries.set(key, new Set([entry]));
  } else {
    there.add(entry);
  }
}

function removeFrom(entries: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const there = entries.get(key);
  there?.delete(entry);
  if (there?.size === 0) {
    entries.delete(key);
  }
}

/** Xorshift with a random seed: nobody who chooses the keys knows the shape of the tree. */
function pseudoRandom(random: Random): () => number {
  let state = new DataView(random.fill(new Uint8Array(4)).buffer).getUint32(0) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
