import { compareValues, type Value } from "convex/values";

/** A document of any table. */
export interface StoredRow {
  readonly _id: string;
  readonly _creationTime: number;
  readonly [field: string]: unknown;
}

/** Rows by the first fields of an index: one for each number of fields that was ever asked for. */
interface Lookup {
  fields: readonly string[];
  rows: Map<string, Map<string, StoredRow>>;
}

/** One table in memory. A look-up costs what it finds, whatever the size of the table. */
export class MemoryTable {
  readonly name: string;
  /** The fields of each index, by its name. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  readonly #rows = new Map<string, StoredRow>();
  readonly #lookups = new Map<string, Lookup>();

  constructor(name: string, indexes: ReadonlyMap<string, readonly string[]>) {
    this.name = name;
    this.indexes = indexes;
  }

  /** The value at a dotted path. */
  static fieldOf(row: StoredRow, path: string): unknown {
    let value: unknown = row;
    for (const field of path.split(".")) {
      value = (value as Record<string, unknown> | undefined)?.[field];
    }
    return value;
  }

  get(id: string): StoredRow | undefined {
    return this.#rows.get(id);
  }

  all(): Iterable<StoredRow> {
    return this.#rows.values();
  }

  put(row: StoredRow): void {
    const before = this.#rows.get(row._id);
    this.#rows.set(row._id, row);
    for (const lookup of this.#lookups.values()) {
      const key = keyOf(lookup, row);
      const keyBefore = before === undefined ? key : keyOf(lookup, before);
      if (keyBefore !== key) {
        remove(lookup, keyBefore, row._id);
      }
      add(lookup, key, row);
    }
  }

  delete(id: string): void {
    const row = this.#rows.get(id);
    this.#rows.delete(id);
    for (const lookup of row === undefined ? [] : this.#lookups.values()) {
      remove(lookup, keyOf(lookup, row as StoredRow), id);
    }
  }

  /** The rows whose first fields of the index have these values, in the order of the index. */
  find(index: string | null, values: readonly unknown[]): StoredRow[] {
    const fields = index === null || index === "by_creation_time" ? [] : this.indexes.get(index);
    if (fields === undefined) {
      throw new Error(`The table ${this.name} has no index ${index}.`);
    }
    const found = this.#lookup(fields.slice(0, values.length)).rows.get(keyOfValues(values));
    const rows = found === undefined ? [] : [...found.values()];
    const rest = fields.slice(values.length);
    return rows.length < 2 ? rows : rows.sort((a, b) => compareRows(rest, a, b));
  }

  #lookup(fields: readonly string[]): Lookup {
    const name = fields.join();
    const known = this.#lookups.get(name);
    if (known !== undefined) {
      return known;
    }
    const lookup: Lookup = { fields: [...fields], rows: new Map() };
    for (const row of this.#rows.values()) {
      add(lookup, keyOf(lookup, row), row);
    }
    this.#lookups.set(name, lookup);
    return lookup;
  }
}

function add({ rows }: Lookup, key: string, row: StoredRow): void {
  const group = rows.get(key);
  if (group === undefined) {
    rows.set(key, new Map([[row._id, row]]));
  } else {
    group.set(row._id, row);
  }
}

function remove({ rows }: Lookup, key: string, id: string): void {
  const group = rows.get(key);
  group?.delete(id);
  if (group?.size === 0) {
    rows.delete(key);
  }
}

function keyOf({ fields }: Lookup, row: StoredRow): string {
  return keyOfValues(fields.map((field) => MemoryTable.fieldOf(row, field)));
}

function keyOfValues(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value) ?? "").join();
}

function compareRows(fields: readonly string[], a: StoredRow, b: StoredRow): number {
  for (const field of fields) {
    const order = compareValues(
      MemoryTable.fieldOf(a, field) as Value | undefined,
      MemoryTable.fieldOf(b, field) as Value | undefined,
    );
    if (order !== 0) {
      return order;
    }
  }
  return a._creationTime - b._creationTime;
}
