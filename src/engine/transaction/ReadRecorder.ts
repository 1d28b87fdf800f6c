import { ENVIRONMENT_VARIABLES } from "../storage/systemTables.ts";
import type { DatabaseQuery } from "./DatabaseQuery.ts";
import { WHOLE_INDEX } from "./indexRange.ts";
import { ANY_NEW_TABLE, type ReadInterval, type ReadSet } from "./ReadSet.ts";

/** Notes what a transaction reads while it runs; queries are asked only at the end how far they came. */
export class ReadRecorder {
  readonly #ids = new Set<string>();
  readonly #queries: DatabaseQuery[] = [];
  readonly #tables = new Set<number>();
  /** No function can be kept from reading `process.env`. */
  readonly #missingTables = new Set<string>([ENVIRONMENT_VARIABLES.name]);

  addId(id: string): void {
    this.#ids.add(id);
  }

  addQuery(query: DatabaseQuery): void {
    this.#queries.push(query);
  }

  /** Every document of a table. */
  addTable(tableNumber: number): void {
    this.#tables.add(tableNumber);
  }

  addMissingTable(name: string): void {
    this.#missingTables.add(name);
  }

  /** Which tables there are. */
  addTableNames(): void {
    this.#missingTables.add(ANY_NEW_TABLE);
  }

  readSet(): ReadSet {
    const intervals: ReadInterval[] = [];
    const missingTables = new Set(this.#missingTables);
    for (const query of this.#queries) {
      const { readInterval } = query;
      if (query.tableNumber === null) {
        missingTables.add(query.tableName);
      } else if (readInterval !== null) {
        intervals.push(readInterval);
      }
    }
    for (const tableNumber of this.#tables) {
      intervals.push({ tableNumber, indexName: "by_id", ...WHOLE_INDEX });
    }
    return { ids: this.#ids, intervals, missingTables };
  }
}
