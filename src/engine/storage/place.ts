import { CREATION_STEPS_PER_MS, creationTimeAt } from "../values/creationTime.ts";
import {
  creationStepsOfId,
  encodeDocumentId,
  idWithName,
  isWholeId,
  nameInId,
  newInternalId,
} from "../values/documentId.ts";
import { encodeSortKey } from "../values/sortKey.ts";
import type { KeyRange } from "./DocumentStore.ts";
import { compareBytes, idKey } from "./indexKey.ts";
import type { IndexDefinition, TableDefinition } from "./TableCatalog.ts";

/**
 * A document's place in its table: the row's number, its creation time in steps. Rows lie in this order, so
 * `by_creation_time` needs no index, and neither does `by_id` while all ids begin with their creation time.
 *
 * Counted from late 2004, so that a double holds every place exactly until 2074.
 */
export function placeOf(creationTime: number): number {
  return creationTime * CREATION_STEPS_PER_MS - STEPS_AT_ZERO;
}

/** Whether a creation time that was made elsewhere has a place: a whole number of steps, before 2074. */
export function hasPlace(creationTime: number): boolean {
  return (
    creationTimeAt(creationTime) === creationTime && Number.isSafeInteger(placeOf(creationTime))
  );
}

export function creationTimeOf(place: number): number {
  return (place + STEPS_AT_ZERO) / CREATION_STEPS_PER_MS;
}

/** Where the document with this id is, if its id begins with its creation time. */
export function placeOfId(id: string): number {
  return creationStepsOfId(id) - STEPS_AT_ZERO;
}

/** What a row keeps of its document's id, since its table and its place do not tell it. */
export function nameOf({ number }: TableDefinition, id: string, place: number): string {
  return nameInId(id, number, place + STEPS_AT_ZERO);
}

/** Whether the id of which this is kept begins with its document's creation time. */
export function tellsItsPlace(name: string): boolean {
  return !isWholeId(name);
}

/** The id of the document at this place; no id at all when one of the two was changed past the engine. */
export function idOf({ number }: TableDefinition, place: number, name: string): string {
  return idWithName(number, place + STEPS_AT_ZERO, name);
}

/** Places from `first` to before `end`. */
export interface PlaceRange {
  first: number;
  end: number;
  /** How many documents at the ends may lie outside all the same: the rest of their ids decides. */
  strays: number;
}

/** The places whose documents can have keys in a range of `by_creation_time` or of `by_id`. */
export function placesIn(
  table: TableDefinition,
  index: IndexDefinition,
  { lower, upper }: KeyRange,
): PlaceRange {
  if (index.name === "by_id") {
    return {
      first: firstPlace(idKeyAt(table, 0xff), lower),
      end: firstPlace(idKeyAt(table, 0x00), upper),
      strays: 2,
    };
  }
  const keyAt: KeyAt = (place) => encodeSortKey([creationTimeOf(place)]);
  return { first: firstPlace(keyAt, lower), end: firstPlace(keyAt, upper), strays: 0 };
}

const STEPS_AT_ZERO = 2 ** 52;
const MIN_PLACE = -STEPS_AT_ZERO;
const MAX_PLACE = Number.MAX_SAFE_INTEGER;

type KeyAt = (place: number) => Uint8Array;

/** The key of the least, or the greatest, id that belongs there. */
function idKeyAt({ number }: TableDefinition, filler: number): KeyAt {
  const random = { fill: (bytes: Uint8Array) => bytes.fill(filler) };
  return (place) => idKey(encodeDocumentId(number, newInternalId(creationTimeOf(place), random)));
}

/** The first place whose key is not before `bound`; one after the last when all are. */
function firstPlace(keyAt: KeyAt, bound: Uint8Array): number {
  let low = MIN_PLACE;
  let high = MAX_PLACE;
  if (compareBytes(keyAt(low), bound) >= 0) {
    return low;
  }
  if (compareBytes(keyAt(high), bound) < 0) {
    return high + 1;
  }
  while (low < high) {
    // Their sum would be too great for a double.
    const middle = low + Math.floor((high - low) / 2);
    if (compareBytes(keyAt(middle), bound) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
