import { creationTimeOf, idOf } from "../../src/engine/storage/place.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { TableCatalog, type TableDefinition } from "../../src/engine/storage/TableCatalog.ts";
import type { JsonObject } from "../fixtures/stripe.ts";

/** A document as it lies in the file. */
export interface StoredRow {
  table: TableDefinition;
  place: number;
  name: string;
  json: string;
}

/** The documents of all tables but the engine's own, read past the engine. */
export function storedRows(store: SqlStore): StoredRow[] {
  return [...new TableCatalog(store).tables()]
    .filter(({ name }) => !name.startsWith("_"))
    .flatMap((table) =>
      store
        .prepare(`SELECT place, name, json FROM ${table.sqlName}`)
        .all()
        .map(([place, name, json]) => ({
          table,
          place: place as number,
          name: String(name),
          json: String(json),
        })),
    );
}

/** The document that the engine makes of a row. */
export function documentIn({ table, place, name, json }: StoredRow): JsonObject {
  const system = { _id: idOf(table, place, name), _creationTime: creationTimeOf(place) };
  return { ...(JSON.parse(json) as JsonObject), ...system };
}

/** Puts another row in the place of one, past the engine. */
export function rewriteRow(
  store: SqlStore,
  { table, place }: StoredRow,
  after: { place: number; name: string | Uint8Array; json: string | Uint8Array },
): void {
  store
    .prepare(
      `UPDATE ${table.sqlName} SET place = ?, name = CAST(? AS TEXT), json = CAST(? AS TEXT) WHERE place = ?`,
    )
    .run(after.place, after.name, after.json, place);
}
