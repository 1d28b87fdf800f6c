import { DatabaseSync } from "node:sqlite";
import { faultOfPeriods } from "../faultOfPeriods.ts";

/** Looks into a SQLite file with tables `events (id)` and `subscriptions (id, period_end)`. */
export function faultOfTables(file: string, acknowledged: ReadonlySet<number>): string | null {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const stored = Number(database.prepare("SELECT count(*) AS n FROM events").get()?.["n"]);
    if (stored !== acknowledged.size) {
      return `${acknowledged.size} events were acknowledged, ${stored} are stored`;
    }
    const rows = database.prepare("SELECT id, period_end AS periodEnd FROM subscriptions").all();
    return faultOfPeriods(rows as { id: string; periodEnd: number }[], acknowledged);
  } finally {
    database.close();
  }
}
