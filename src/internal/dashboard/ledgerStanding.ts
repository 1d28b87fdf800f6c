import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { EventStatus } from "../ledger/ledger.ts";
import { isMarkedDead } from "../ledger/markedDead.ts";

/** Events of one status that are counted; more are told as at least this many. */
const MAX_COUNTED = 500;

/** Statuses in which an event has had no effect. */
const WITHOUT_EFFECT = ["received", "failed", "dead", "unlinked", "quarantined"] as const;

/** Events that have had no effect, by what became of them. */
export interface WaitingEvents {
  status: EventStatus;
  count: number;
  /** Otherwise there are at least so many. */
  isExact: boolean;
  /** Of those counted; null when there is none. */
  oldestReceivedAtMs: number | null;
}

/**
 * What has had no effect, in the order in which somebody should look. What an operator marked dead is settled, and
 * does not count. Reads a bounded number of rows.
 */
export async function waitingEvents(db: Pick<DatabaseReader, "query">): Promise<WaitingEvents[]> {
  return await Promise.all(
    WITHOUT_EFFECT.map(async (status) => {
      const rows = await db
        .query("events")
        .withIndex("by_status", (q) => q.eq("status", status))
        .take(MAX_COUNTED + 1);
      const waiting = rows.filter((row) => !isMarkedDead(row));
      return {
        status,
        count: Math.min(waiting.length, MAX_COUNTED),
        isExact: rows.length <= MAX_COUNTED,
        oldestReceivedAtMs: oldest(waiting),
      };
    }),
  );
}

function oldest(rows: readonly Doc<"events">[]): number | null {
  return rows.length === 0 ? null : Math.min(...rows.map(({ receivedAtMs }) => receivedAtMs));
}
