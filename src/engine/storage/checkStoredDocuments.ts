import { tableNumberOfId } from "../values/documentId.ts";
import { compareBytes, indexKey } from "./indexKey.ts";
import { creationTimeOf, idOf, nameOf, tellsItsPlace } from "./place.ts";
import type { SqlStore, SqlValue } from "./SqlStore.ts";
import { StoredDocument } from "./StoredDocument.ts";
import { keepsIds, type TableCatalog, type TableDefinition } from "./TableCatalog.ts";
import { DOCUMENT } from "./TableStatements.ts";

/** A document that is not stored as the engine stores it. */
export interface StorageFlaw {
  table: string;
  /** As the row says, "" when it cannot be read. */
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
  const columns = [DOCUMENT, ...kept.map(({ column }) => column)].join(", ");
  const page = store.prepare(
    `SELECT ${columns} FROM ${table.sqlName} WHERE place > ? ORDER BY place LIMIT ?`,
  );
  let after: SqlValue = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = page.all(after, CHUNK_ROWS);
    for (const [place, name, json, ...keys] of rows) {
      after = place as number;
      const document = readable(table, place as number, name as string, json as string);
      if (document === null) {
        yield { table: table.name, id: "", kind: "unreadable" };
        continue;
      }
      const { id, value } = document;
      const hasItsPlace = keepsIds(table) || tellsItsPlace(name as string);
      const hasItsKeys = kept.every(
        (index, i) => compareBytes(keys[i] as Uint8Array, indexKey(index, value)) === 0,
      );
      if (!hasItsPlace || !hasItsKeys) {
        yield { table: table.name, id, kind: "keys" };
      }
    }
    if (rows.length < CHUNK_ROWS) {
      return;
    }
  }
}

function readable(
  table: TableDefinition,
  place: number,
  name: string,
  json: string,
): StoredDocument | null {
  try {
    const id = idOf(table, place, name);
    const document = StoredDocument.fromStored(id, creationTimeOf(place), json);
    const isAsWritten =
      tableNumberOfId(id) === table.number &&
      nameOf(table, id, place) === name &&
      StoredDocument.fromValue(document.value).fieldsJson === json;
    return isAsWritten ? document : null;
  } catch {
    return null;
  }
}
