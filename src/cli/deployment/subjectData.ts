import type { Audited, Deployment, LedgerEntry, Place } from "../../internal/audit/deployment.ts";
import { DERIVED_TABLES } from "../../internal/audit/tables.ts";

/** Whose data: what `customerData:subjectOf` answers. */
export interface Subject {
  name: string;
  planIds: string[];
  ids: string[];
}

/** The tables in which something about a customer or plan can be, beside the ledger. */
const TABLES = ["plans", "planChanges", ...DERIVED_TABLES, "erasures"] as const;

type Row = Record<string, unknown>;

/** Every event of the ledger that is about the subject, oldest first. Reads the whole ledger. */
export async function* eventsAbout(
  connection: Deployment,
  subject: Subject,
): AsyncGenerator<LedgerEntry> {
  const ids = new Set([...subject.ids, ...subject.planIds]);
  let after: Place | null = null;
  do {
    const page: Audited["audit:ledgerPage"] = await connection.query("audit:ledgerPage", { after });
    for (const entry of page.entries) {
      if (mentions(entry.row, ids) || mentions(entry.reading?.links, ids)) {
        yield entry;
      }
    }
    after = page.next;
  } while (after !== null);
}

/** Every row of the other tables that mentions the subject, by table. */
export async function rowsAbout(
  connection: Deployment,
  subject: Subject,
): Promise<Record<string, Row[]>> {
  const ids = new Set([...subject.ids, ...subject.planIds, subject.name]);
  const found: Record<string, Row[]> = {};
  for (const table of TABLES) {
    let after: Place | null = null;
    do {
      const page: Audited["audit:tablePage"] = await connection.query("audit:tablePage", {
        table,
        after,
      });
      const rows = page.entries.filter((row) => mentions(row, ids));
      found[table] = [...(found[table] ?? []), ...rows];
      after = page.next;
    } while (after !== null);
  }
  return found;
}

/** Whether one of the ids stands anywhere in a value. */
function mentions(value: unknown, ids: ReadonlySet<string>): boolean {
  if (typeof value === "string") {
    return ids.has(value);
  }
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((inner) => mentions(inner, ids))
  );
}
