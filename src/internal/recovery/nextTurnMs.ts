import type { GuardedDatabase } from "../guard/guardedDatabase.ts";

/** Stripe allows 25 requests a second to one endpoint; the rest is for the application itself. */
export const MAX_READS_PER_SECOND = 15;

/** Turns further ahead than this were given by a clock that has been set back since. */
const MAX_TURN_AHEAD_MS = 24 * 60 * 60_000;

/**
 * When the next read of a single object may begin. Each call gives one turn, and turns are a
 * {@link MAX_READS_PER_SECOND}th of a second apart.
 */
export async function nextTurnMs(db: GuardedDatabase): Promise<number> {
  const nowMs = Date.now();
  const row = await db.query("readTurns").first();
  const givenMs = row?.nextAtMs ?? 0;
  const turnMs = givenMs > nowMs + MAX_TURN_AHEAD_MS ? nowMs : Math.max(nowMs, givenMs);
  const nextAtMs = turnMs + Math.ceil(1_000 / MAX_READS_PER_SECOND);
  if (row === null) {
    await db.insert("readTurns", { nextAtMs });
  } else {
    await db.patch(row._id, { nextAtMs });
  }
  return turnMs;
}
