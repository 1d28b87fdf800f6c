import { canonicalJson } from "../model/canonicalJson.ts";
import type { Finding, FindingCode } from "./finding.ts";
import { MemoryTable, type StoredRow } from "./MemoryTable.ts";

type Row = Record<string, unknown>;

/**
 * Holds the rows of one table against those that follow from the ledger: byte for byte in canonical JSON,
 * but for the ids and creation times that the database gave them. Rows meet by the fields of the table's
 * first index.
 */
export class RowComparison {
  readonly findings: Finding[] = [];
  readonly #expected: MemoryTable;
  readonly #keyIndex: string | null;
  readonly #keyFields: readonly string[];
  /** Expected rows that were met. */
  readonly #met = new Set<string>();

  constructor(expected: MemoryTable) {
    this.#expected = expected;
    const [index, fields] = [...expected.indexes][0] ?? [null, []];
    this.#keyIndex = index;
    this.#keyFields = fields;
  }

  /** Compares one row of the table. */
  add(row: Row): void {
    const key = this.#keyFields.map((field) => MemoryTable.fieldOf(row as StoredRow, field));
    const open = this.#expected.find(this.#keyIndex, key).filter(({ _id }) => !this.#met.has(_id));
    const text = canonicalJson(contentOf(row));
    const same = open.find((each) => canonicalJson(contentOf(each)) === text);
    const partner = same ?? open[0];
    if (partner === undefined) {
      this.#find("row_unexplained", row, "does not follow from any event of the ledger.");
      return;
    }
    this.#met.add(partner._id);
    if (same === undefined) {
      const fields = differingFields(row, partner).join(", ");
      this.#find("row_differs", row, `is not what the ledger makes of it: ${fields}.`);
    }
  }

  /** After the last row: names what follows from the ledger and was not there. */
  finish(): void {
    for (const row of this.#expected.all()) {
      if (!this.#met.has(row._id)) {
        this.#find("row_missing", row, "follows from the ledger, but is not there.");
      }
    }
  }

  #find(code: FindingCode, row: Row, what: string): void {
    const key = this.#keyFields.map((field) => MemoryTable.fieldOf(row as StoredRow, field));
    const message = `(${key.filter((part) => part !== "").join(" ")}) ${what}`;
    this.findings.push({ code, table: this.#expected.name, id: String(row["_id"]), message });
  }
}

/** The fields in which two rows differ, in alphabetical order. */
export function differingFields(a: Row, b: Row): string[] {
  const [left, right] = [contentOf(a), contentOf(b)];
  const fields = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...fields]
    .filter((field) => canonicalJson(left[field]) !== canonicalJson(right[field]))
    .sort();
}

function contentOf({ _id, _creationTime, ...content }: Row): Row {
  return content;
}
