import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { stripeMode } from "../environment.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";
import { refusal } from "../refusal.ts";

/** An owner may ask for so many checkouts and portals in this time. */
export const MAX_ASKED = 30;
export const ASKED_WINDOW_MS = 10 * 60_000;

/** The note of an owner's checkouts, or null. */
export async function turnOf(
  db: DatabaseReader,
  ownerId: string,
): Promise<Doc<"checkoutTurns"> | null> {
  return await db
    .query("checkoutTurns")
    .withIndex("by_owner", (q) => q.eq("mode", stripeMode()).eq("ownerId", ownerId))
    .unique();
}

/**
 * Counts that an owner asks for something of Stripe; makes the owner's note when there is none.
 *
 * @throws ConvexError `too_many_requests` beyond {@link MAX_ASKED} in {@link ASKED_WINDOW_MS}
 */
export async function countAsk(db: GuardedDatabase, ownerId: string, nowMs: number): Promise<void> {
  const row = await turnOf(db, ownerId);
  const first = { asked: 1, askedSinceMs: nowMs };
  if (row === null) {
    await db.insert("checkoutTurns", {
      ...{ mode: stripeMode(), ownerId, turn: 0, heldUntilMs: nowMs },
      ...{ sessionId: null, awaitedSinceMs: null, ...first },
    });
  } else if (nowMs - row.askedSinceMs >= ASKED_WINDOW_MS) {
    await db.patch(row._id, first);
  } else if (row.asked < MAX_ASKED) {
    await db.patch(row._id, { asked: row.asked + 1 });
  } else {
    throw refusal("too_many_requests", "This was asked for too often. Try again in ten minutes.");
  }
}
