import type { WithoutSystemFields } from "convex/server";
import { sha256Hex } from "#digests";
import type { Doc } from "../_generated/dataModel.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { type EventStanding, STANDING_FIELDS } from "./standing.ts";

/** What is linked: everything in a row but what becomes of the event. */
type LedgerRow = Omit<WithoutSystemFields<Doc<"events">>, keyof EventStanding | "standingDigest">;

/** A row's place in the chain of its shard. */
export type ChainPlace = Pick<LedgerRow, "shard" | "position" | "link">;

/** The link before a shard's first row. */
export const FIRST_LINK = "";

/** What becomes of an event later, or is no field of it. Everything else is linked. */
const NOT_LINKED: ReadonlySet<string> = new Set([
  "_id",
  "_creationTime",
  "link",
  "standingDigest",
  ...STANDING_FIELDS,
]);

/**
 * Gives a new row of the ledger its place: the next position of its shard, and the link that follows from
 * the one before and from everything in the row that will not change.
 *
 * One read and one write more than the row itself. Shards (16, by the first digit of the body's hash) let
 * writers on Convex pass one another.
 */
export async function appendToChain(
  db: PaymentDatabase,
  row: Omit<LedgerRow, keyof ChainPlace>,
): Promise<LedgerRow> {
  const shard = row.bodySha256.slice(0, 1);
  const head = await db
    .query("ledgerHeads")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .unique();
  const place = { shard, position: (head?.position ?? 0) + 1 };
  const link = linkOf(head?.link ?? FIRST_LINK, { ...row, ...place });
  if (head === null) {
    await db.insert("ledgerHeads", { ...place, link });
  } else {
    await db.patch(head._id, { position: place.position, link });
  }
  return { ...row, ...place, link };
}

/** The link of a row behind `previous`. SHA-256, 64 hexadecimal digits. */
export function linkOf(previous: string, row: object): string {
  // Plain values only, so this is canonical: it costs a third of canonical JSON, for each event.
  const linked = Object.entries(row)
    .filter(([field]) => !NOT_LINKED.has(field))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(JSON.stringify([previous, linked]));
}
