import { compareBytes, indexKey } from "./indexKey.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import type { TableCatalog, TableDefinition } from "./TableCatalog.ts";

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
  const indexes = [...table.indexes.values()];
  const columns = indexes.map(({ column }) => column).join(", ");
  const page = store.prepare(
    `SELECT ${columns}, json FROM ${table.sqlName} WHERE by_id > ? ORDER BY by_id LIMIT ?`,
  );
  let after: SqlValue = new Uint8Array();
  for (;;) {
    const rows = page.all(after, CHUNK_ROWS);
    for (const row of rows) {
      after = row[0] as Uint8Array;
      const document = readable(row.at(-1) as string);
      if (document === null) {
        yield { table: table.name, id: "", kind: "unreadable" };
        continue;
      }
      const hasItsKeys = indexes.every(
        (index, place) =>
          compareBytes(row[place] as Uint8Array, indexKey(index, document.value)) === 0,
      );
      if (!hasItsKeys) {
        yield { table: table.name, id: String(document.value._id), kind: "keys" };
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
