import type { Value } from "convex/values";
import { encodeSortKey } from "../values/sortKey.ts";
import type { DocumentValue } from "./StoredDocument.ts";
import type { IndexDefinition } from "./TableCatalog.ts";

/**
 * The document's place in an index: its indexed fields (a missing one counts as `undefined`), then
 * `_creationTime`, which makes every key unique: the writer gives each only once. `by_id` is the id alone.
 *
 * Convex ends its keys with `_id`, too. Where no two times are equal that changes no order, and it would
 * make the keys, of which every row holds two copies, twice as long.
 */
export function indexKey(index: IndexDefinition, document: DocumentValue): Uint8Array {
  if (index.name === "by_id") {
    return idKey(document._id);
  }
  const values = index.fields.map((path) => fieldAt(document, path));
  values.push(document._creationTime);
  return encodeSortKey(values);
}

/** The key of one document in `by_id`. */
export function idKey(id: string): Uint8Array {
  return encodeSortKey([id]);
}

/** The value at a dotted path, or `undefined` where any step is missing. Own properties only. */
export function fieldAt(document: unknown, path: string): Value | undefined {
  let current: unknown = document;
  for (const field of path.split(".")) {
    if (
      typeof current !== "object" ||
      current === null ||
      Array.isArray(current) ||
      current instanceof ArrayBuffer ||
      !Object.hasOwn(current, field)
    ) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[field];
  }
  return current as Value | undefined;
}

/** Negative, zero or positive like `memcmp`, a prefix before what extends it: SQLite's BLOB order. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}
