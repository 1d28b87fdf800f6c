import type { Scheduler } from "convex/server";
import { isObservation } from "../../stripe/observation.ts";
import { internal } from "../_generated/api.ts";
import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { stripeSecretKey } from "../environment.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";
import { type LedgerEvent, type Scope, scopeOfRow } from "../ledger/ledger.ts";

/**
 * How long after the newest event a read begins. One in the same second as the event cannot tell whether
 * it saw it, and a read is dated one second early; the rest is for clocks that differ.
 */
export const READ_AFTER_MS = 3_000;

/** The longest wait for an event that is dated ahead of our clock. */
const MAX_WAIT_MS = 60_000;

interface ReadsCtx {
  db: GuardedDatabase;
  scheduler: Scheduler;
}

/**
 * Asks for a read of each subscription that an event, or the time since, left ambiguous: at most one waits and at most one is
 * in flight for each, however often they are asked for. Without an API key they wait until there is one.
 */
export async function requestReads(
  ctx: ReadsCtx,
  subscriptionIds: readonly string[],
  event: LedgerEvent,
): Promise<void> {
  for (const subscriptionId of new Set(subscriptionIds)) {
    await requestRead(ctx, subscriptionId, event);
  }
}

async function requestRead(
  { db, scheduler }: ReadsCtx,
  subscriptionId: string,
  event: LedgerEvent,
): Promise<void> {
  const scope = scopeOfRow(event);
  const nowMs = Date.now();
  const earliestMs = event.createdSeconds * 1_000 + READ_AFTER_MS;
  const dueAtMs = Math.min(Math.max(nowMs, earliestMs), nowMs + MAX_WAIT_MS);
  const row = await findRead(db, scope, subscriptionId);
  const attempts = row !== null && isObservation(event.type) ? row.attempts : 0;
  if (row?.status === "reading") {
    await db.patch(row._id, { isDirty: true, attempts });
    return;
  }
  if (row?.status === "waiting") {
    await db.patch(row._id, { dueAtMs: Math.max(row.dueAtMs ?? 0, dueAtMs), attempts });
    return;
  }
  const waiting = { status: "waiting", dueAtMs, isDirty: false, hasTurn: false, attempts } as const;
  const readId =
    row?._id ??
    (await db.insert("subscriptionReads", {
      ...scope,
      subscriptionId,
      ...waiting,
      failure: null,
    }));
  if (row !== null) {
    await db.patch(readId, { ...waiting, failure: null });
  }
  if (stripeSecretKey() !== null) {
    await scheduler.runAt(dueAtMs, internal.refetch.read, { readId });
  }
}

async function findRead(
  db: Pick<DatabaseReader, "query">,
  { mode, account }: Scope,
  subscriptionId: string,
): Promise<Doc<"subscriptionReads"> | null> {
  return await db
    .query("subscriptionReads")
    .withIndex("by_subscription", (q) =>
      q.eq("mode", mode).eq("account", account).eq("subscriptionId", subscriptionId),
    )
    .unique();
}
