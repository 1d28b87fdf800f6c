import { sha256Hex } from "#digests";
import type { Doc } from "../_generated/dataModel.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";

/** What became of an event, and what is to become of it. */
export type EventStanding = Pick<
  Doc<"events">,
  "status" | "statusReason" | "planId" | "attempts" | "nextAttemptAtMs" | "appliedAtMs"
>;

/** How an event stands before anything was tried. */
export const RECEIVED: EventStanding = {
  status: "received",
  statusReason: null,
  planId: null,
  attempts: 0,
  nextAttemptAtMs: null,
  appliedAtMs: null,
};

/** The fields of a row of the ledger that change. */
export const STANDING_FIELDS = Object.keys(RECEIVED) as (keyof EventStanding)[];

/** A row of the ledger, as far as its standing asks. */
type StandingRow = EventStanding & Pick<Doc<"events">, "_id" | "link">;

/**
 * Changes how an event stands. The only way to do so: the row's digest follows.
 *
 * @param row as it is now
 */
export async function writeStanding(
  db: PaymentDatabase,
  row: StandingRow,
  change: Partial<EventStanding>,
): Promise<void> {
  const standing = { ...standingOf(row), ...change };
  await db.patch(row._id, { ...standing, standingDigest: standingDigestOf(row.link, standing) });
}

/** The standing of a row, without what else the row holds. */
export function standingOf(row: EventStanding): EventStanding {
  const { status, statusReason, planId, attempts, nextAttemptAtMs, appliedAtMs } = row;
  return { status, statusReason, planId, attempts, nextAttemptAtMs, appliedAtMs };
}

/**
 * The digest of what changes in a row, behind the row's link, which covers the rest. It shows accidents
 * and edits; see `ledger/digest.ts` for what such a digest does not show.
 */
export function standingDigestOf(link: string, standing: EventStanding): string {
  // Plain values in a fixed order, so this is canonical: it is made twice for each event.
  return sha256Hex(JSON.stringify([link, ...STANDING_FIELDS.map((field) => standing[field])]));
}
