import type { Scheduler } from "convex/server";
import type { StripeEvent } from "../../stripe/event.ts";
import type { Id } from "../_generated/dataModel.ts";
import type { GuardedDatabase } from "../guard/guardedDatabase.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { readingOf } from "../ledger/eventReading.ts";
import type { EventStatus, LedgerEvent } from "../ledger/ledger.ts";
import { quarantineReason } from "../ledger/quarantineReason.ts";
import { writeStanding } from "../ledger/standing.ts";
import { requestReads } from "../recovery/requestReads.ts";
import { takeEffect } from "./takeEffect.ts";

/** What a mutation that holds a verified event works with. */
export interface PaymentCtx {
  payment: PaymentDatabase;
  /** For notes on work, which no event decides. */
  db: GuardedDatabase;
  scheduler: Scheduler;
}

/**
 * Lets an event of the ledger take effect by the one rule that there is, and writes what became of it:
 * the first time, when it is tried again and when it is replayed alike. What the event says is joined,
 * so doing it again changes nothing, unless the rule or what it depends on has changed.
 *
 * A rule that throws leaves the row as it was; the caller decides what becomes of it.
 */
export async function settleEvent(
  ctx: PaymentCtx,
  row: LedgerEvent,
  event: StripeEvent,
): Promise<EventStatus> {
  const outcome = await outcomeOf(ctx, row, event);
  await writeOutcome(ctx.payment, row, outcome);
  return outcome.status;
}

/** What came of an event, or of trying it once more. */
export interface Outcome {
  status: EventStatus;
  statusReason: string | null;
  planId: Id<"plans"> | null;
}

/** Writes what came of an event, if that is news. */
export async function writeOutcome(
  payment: PaymentDatabase,
  row: LedgerEvent,
  outcome: Outcome,
): Promise<void> {
  const { status, statusReason, planId } = outcome;
  if (row.status === status && row.statusReason === statusReason && row.planId === planId) {
    return;
  }
  await countRecorded(payment, row, status);
  await writeStanding(payment, row, {
    ...outcome,
    attempts: row.attempts + 1,
    nextAttemptAtMs: null,
    appliedAtMs: status === "applied" ? Date.now() : null,
  });
}

async function outcomeOf(ctx: PaymentCtx, row: LedgerEvent, event: StripeEvent): Promise<Outcome> {
  const { payment } = ctx;
  const quarantine = quarantineReason(row, event);
  if (quarantine !== null) {
    return { status: "quarantined", statusReason: quarantine, planId: null };
  }
  const { outcome, ambiguousSubscriptionIds } = await takeEffect(payment, row, readingOf(event));
  await requestReads(ctx, ambiguousSubscriptionIds, row);
  return outcome;
}

/** Counts an event among those without a rule when it comes to be one, and no more when it got a rule. */
async function countRecorded(
  db: PaymentDatabase,
  { mode, account, type, status: before }: LedgerEvent,
  status: EventStatus,
): Promise<void> {
  const change = Number(status === "recorded") - Number(before === "recorded");
  if (change === 0) {
    return;
  }
  const counted = await db
    .query("recordedTypes")
    .withIndex("by_type", (q) => q.eq("mode", mode).eq("account", account).eq("type", type))
    .unique();
  if (counted === null) {
    await db.insert("recordedTypes", { mode, account, type, count: change });
  } else {
    await db.patch(counted._id, { count: counted.count + change });
  }
}
