import type { DatabaseReader } from "../_generated/server.ts";
import type { EventStatus } from "../ledger/ledger.ts";

/** Events of one minute that are looked at. */
const MAX_LOOKED_AT = 1_000;

const MINUTE_MS = 60_000;

/** What one minute brought. */
export interface LedgerMinute {
  startMs: number;
  events: number;
  /**
   * How much of the minute was looked at: all of it, unless it brought more than {@link MAX_LOOKED_AT}
   * events. Then `events * 60,000 / coveredMs` is the estimate.
   */
  coveredMs: number;
  /** How many stand how now. */
  statuses: Partial<Record<EventStatus, number>>;
  /** From when Stripe made an event until it was in the ledger: the middle one, and the longest. */
  lagSeconds: { median: number; max: number } | null;
}

/** The events received in the minute from `startMs`. */
export async function ledgerMinute(
  db: Pick<DatabaseReader, "query">,
  startMs: number,
): Promise<LedgerMinute> {
  const rows = await db
    .query("events")
    .withIndex("by_creation_time", (q) =>
      q.gte("_creationTime", startMs).lt("_creationTime", startMs + MINUTE_MS),
    )
    .take(MAX_LOOKED_AT);
  const last = rows.length < MAX_LOOKED_AT ? undefined : rows.at(-1);
  const statuses: LedgerMinute["statuses"] = {};
  for (const { status } of rows) {
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const lags = rows
    .filter(({ provenance }) => provenance === "webhook")
    .map(({ receivedAtMs, createdSeconds }) => Math.max(0, receivedAtMs / 1_000 - createdSeconds))
    .sort((a, b) => a - b);
  const [median, max] = [lags[Math.floor(lags.length / 2)], lags.at(-1)];
  return {
    startMs,
    events: rows.length,
    coveredMs: last === undefined ? MINUTE_MS : Math.max(1, last._creationTime - startMs),
    statuses,
    lagSeconds: median === undefined || max === undefined ? null : { median, max },
  };
}
