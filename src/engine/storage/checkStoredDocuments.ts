import { compareBytes, indexKey } from "./indexKey.ts";
import { placeOf, placeOfId } from "./place.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import { keepsIds, type TableCatalog, type TableDefinition } from "./TableCatalog.ts";

/** A document that is not stored as the engine stores it. */
export interface StorageFlaw {
  table: string;
  /** As the document says, "" when it cannot be read. */
  id: string;
  /** "unreadable": it is no document. "keys": an index says something else than the document. */
  kind: "unreadable" | "keys";
}

/** Rows in memory at a time. */
const CHUNK_ROWS = 256;

/**
 * Reads every document of a store past the engine, and yields those that somebody else has written: whose
 * text is not the one that the engine writes for their value, or whose index keys are not theirs. Nothing
 * may write meanwhile.
 *
 * @throws StoreError when the file itself cannot be read
 */
export function* checkStoredDocuments(
  store: SqlStore,
  catalog: TableCatalog,
): Generator<StorageFlaw> {
  for (const table of catalog.tables()) {
    yield* flawsIn(store, table);
  }
}

function* flawsIn(store: SqlStore, table: TableDefinition): Generator<StorageFlaw> {
  const kept = [...table.indexes.values()].filter(({ column }) => column !== null);
  const columns = ["place", "json", ...kept.map(({ column }) => column)].join(", ");
  const page = store.prepare(
    `SELECT ${columns} FROM ${table.sqlName} WHERE place > ? ORDER BY place LIMIT ?`,
  );
  let after: SqlValue = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = page.all(after, CHUNK_ROWS);
    for (const [place, json, ...keys] of rows) {
      after = place as number;
      const document = readable(json as string);
      if (document === null) {
        yield { table: table.name, id: "", kind: "unreadable" };
        continue;
      }
      const { value } = document;
      const hasItsPlace =
        placeOf(value._creationTime) === place &&
        (keepsIds(table) || placeOfId(value._id) === place);
      const hasItsKeys = kept.every(
        (index, i) => compareBytes(keys[i] as Uint8Array, indexKey(index, value)) === 0,
      );
      if (!hasItsPlace || !hasItsKeys) {
        yield { table: table.name, id: String(value._id), kind: "keys" };
      }
    }
    if (rows.length < CHUNK_ROWS) {
      return;
    }
  }
}

function readable(json: string): StoredDocument | null {
  try {
    const { value } = StoredDocument.fromJson(json);
    const isDocument = typeof value._id === "string" && typeof value._creationTime === "number";
    return isDocument && StoredDocument.fromValue(value).json === json
      ? StoredDocument.fromJson(json)
      : null;
  } catch {
    return null;
  }
}
