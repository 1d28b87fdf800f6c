import type { DatabaseReader } from "../_generated/server.ts";
import { type WaitingEvents, waitingEvents } from "../dashboard/ledgerStanding.ts";
import { stripeSecretKey } from "../environment.ts";
import { lastSureSeconds } from "../recovery/reconcileRun.ts";
import { type Check, fail, ok, warn } from "./Check.ts";
import { durationText } from "./durationText.ts";

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;

/** Whether what was received took effect, and what Stripe made was received. */
export async function queueChecks(
  db: Pick<DatabaseReader, "query">,
  atMs: number,
): Promise<Check[]> {
  const waiting = await waitingEvents(db);
  const whole = await wholeCheck(db, atMs);
  return [
    deadCheck(waiting),
    failingCheck(waiting),
    oldestCheck(waiting, atMs),
    ...(whole === null ? [] : [whole]),
  ];
}

function deadCheck(waiting: readonly WaitingEvents[]): Check {
  const count = countText(waiting, "dead");
  return count === null
    ? ok("dead_letters", "No event failed to the end.")
    : fail(
        "dead_letters",
        `Events that failed to the end: ${count}.`,
        "Open them, mend what their reason says, and replay them: tollgate events replay --status dead.",
      );
}

function failingCheck(waiting: readonly WaitingEvents[]): Check {
  const count = countText(waiting, "failed");
  return count === null
    ? ok("failing_events", "No event is being tried again.")
    : warn(
        "failing_events",
        `Events that failed and are tried again: ${count}.`,
        "Read their reasons. They are tried for about a day.",
      );
}

function oldestCheck(waiting: readonly WaitingEvents[], atMs: number): Check {
  const agesMs = waiting
    .filter(({ status }) => status === "received" || status === "failed")
    .flatMap(({ oldestReceivedAtMs }) => oldestReceivedAtMs ?? [])
    .map((receivedAtMs) => atMs - receivedAtMs);
  const ageMs = Math.max(0, ...agesMs);
  if (ageMs <= HOUR_MS) {
    return ok("oldest_unapplied", "Nothing waits for longer than an hour.");
  }
  const detail = `The oldest event without effect has waited for ${durationText(ageMs)}.`;
  const whatToDo =
    "Read its reason. Thin events wait for STRIPE_SECRET_KEY; after a mend, replay what failed.";
  return ageMs > DAY_MS
    ? fail("oldest_unapplied", detail, whatToDo)
    : warn("oldest_unapplied", detail, whatToDo);
}

/** Null without an API key: then nobody compares. */
async function wholeCheck(db: Pick<DatabaseReader, "query">, atMs: number): Promise<Check | null> {
  if (stripeSecretKey() === null) {
    return null;
  }
  const sureSeconds = await lastSureSeconds(db);
  const latest = await db.query("reconciles").order("desc").first();
  const whatToDo = "Reconcile: npm run tollgate -- run reconcile:run, and see reconcile:status.";
  if (latest?.state === "failed") {
    const detail = `The last comparison with Stripe was given up: ${latest.failure}.`;
    return fail("ledger_whole", detail, whatToDo);
  }
  if (sureSeconds === null) {
    const detail = "The ledger has never been compared with what Stripe lists.";
    return warn("ledger_whole", detail, whatToDo);
  }
  const unsureMs = Math.max(0, atMs - sureSeconds * 1_000);
  const detail = `The ledger is known to be whole until ${durationText(unsureMs)} ago.`;
  return unsureMs > HOUR_MS || latest?.oldestMissing
    ? warn("ledger_whole", detail, whatToDo)
    : ok("ledger_whole", detail);
}

/** Null: none. */
function countText(waiting: readonly WaitingEvents[], wanted: string): string | null {
  const found = waiting.find(({ status }) => status === wanted);
  if (found === undefined || found.count === 0) {
    return null;
  }
  return found.isExact ? String(found.count) : `more than ${found.count}`;
}
