import { compareValues, type Value } from "convex/values";
import type { Doc, Id, TableNames } from "../_generated/dataModel.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import schema from "../schema.ts";
import { MemoryTable, type StoredRow } from "./MemoryTable.ts";

/** A database in memory for this folder's own functions, and what the audit needs besides. */
export interface MemoryDatabase {
  /** As that of a mutation, for code that reads by index, without filters and pages. */
  readonly db: PaymentDatabase;
  /** Puts a document in as it is, `_id` and `_creationTime` included. */
  restore<Table extends TableNames>(table: Table, document: Doc<Table>): void;
  table(name: TableNames): MemoryTable;
}

/**
 * Another home for the rules that live in this folder: the same functions run on it as on a deployment's
 * database, with the schema's own tables and indexes. For one caller at a time; nothing is undone when a
 * function throws; documents are shared, not copied, so nobody may change them in place.
 *
 * @throws Error from what it does not offer: pages, filters and search
 */
export function memoryDatabase(): MemoryDatabase {
  const tables = new Map(
    Object.entries(schema.tables).map(([name, table]) => {
      const indexes = table[" indexes"]().map(
        ({ indexDescriptor, fields }) => [indexDescriptor, fields] as const,
      );
      return [name, new MemoryTable(name, new Map(indexes))];
    }),
  );
  const tableOf = (name: string): MemoryTable => {
    const table = tables.get(name);
    if (table === undefined) {
      throw new Error(`There is no table ${name}.`);
    }
    return table;
  };
  const byId = new Map<string, MemoryTable>();
  let inserted = 0;
  const put = (table: MemoryTable, row: StoredRow): void => {
    byId.set(row._id, table);
    table.put(row);
  };
  const existing = (id: string): [MemoryTable, StoredRow] => {
    const table = byId.get(id);
    const row = table?.get(id);
    if (table === undefined || row === undefined) {
      throw new Error(`There is no document ${id}.`);
    }
    return [table, row];
  };
  const db = {
    // Nothing runs later here: whoever reads a plan asks what time has made of it.
    scheduler: {
      runAt: async () => "job",
      runAfter: async () => "job",
      cancel: async () => undefined,
    },
    system: { get: async () => null },
    get: async (id: string) => byId.get(id)?.get(id) ?? null,
    query: (name: string) => queryOf(tableOf(name)),
    normalizeId: (name: string, id: string) => (byId.get(id)?.name === name ? id : null),
    insert: async (name: string, fields: object) => {
      inserted += 1;
      const row = { ...fields, _id: `${name} ${inserted}`, _creationTime: inserted };
      put(tableOf(name), row);
      return row._id as Id<TableNames>;
    },
    patch: async (id: string, fields: object) => {
      const [table, row] = existing(id);
      table.put({ ...row, ...fields });
    },
    replace: async (id: string, fields: object) => {
      const [table, { _id, _creationTime }] = existing(id);
      table.put({ ...fields, _id, _creationTime });
    },
    delete: async (id: string) => {
      const [table] = existing(id);
      table.delete(id);
      byId.delete(id);
    },
  };
  return {
    db: db as unknown as PaymentDatabase,
    restore: (name, document) => put(tableOf(name), document as unknown as StoredRow),
    table: tableOf,
  };
}

type Condition = (row: StoredRow) => boolean;

/** The range of an index that a query asks for: equal fields first, then bounds of the next one. */
class Range {
  readonly equal: unknown[] = [];
  readonly conditions: Condition[] = [];

  eq(_field: string, value: unknown): this {
    this.equal.push(value);
    return this;
  }
  gt(field: string, value: unknown): this {
    return this.#bound(field, value, (order) => order > 0);
  }
  gte(field: string, value: unknown): this {
    return this.#bound(field, value, (order) => order >= 0);
  }
  lt(field: string, value: unknown): this {
    return this.#bound(field, value, (order) => order < 0);
  }
  lte(field: string, value: unknown): this {
    return this.#bound(field, value, (order) => order <= 0);
  }

  #bound(field: string, value: unknown, holds: (order: number) => boolean): this {
    this.conditions.push((row) =>
      holds(compareValues(MemoryTable.fieldOf(row, field) as Value, value as Value)),
    );
    return this;
  }
}

function queryOf(
  table: MemoryTable,
  index: string | null = null,
  range = new Range(),
  direction: "asc" | "desc" = "asc",
): object {
  const rows = (): StoredRow[] => {
    const found = table
      .find(index, range.equal)
      .filter((row) => range.conditions.every((holds) => holds(row)));
    return direction === "asc" ? found : found.reverse();
  };
  return {
    withIndex: (name: string, within: (range: Range) => Range = (all) => all) =>
      queryOf(table, name, within(new Range()), direction),
    order: (to: "asc" | "desc") => queryOf(table, index, range, to),
    collect: async () => rows(),
    take: async (count: number) => rows().slice(0, count),
    first: async () => rows()[0] ?? null,
    unique: async () => {
      const [row, second] = rows();
      if (second !== undefined) {
        throw new Error(`unique() found more than one document in ${table.name}.`);
      }
      return row ?? null;
    },
  };
}
