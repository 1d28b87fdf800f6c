import { snapshotType, type ThinEvent } from "../../stripe/thinEvent.ts";
import { internal } from "../_generated/api.ts";
import { type PaymentCtx, writeOutcome } from "../effect/settleEvent.ts";
import { stripeSecretKey } from "../environment.ts";
import { RULED_TYPES } from "../ledger/eventFact.ts";
import type { EventStatus, LedgerEvent } from "../ledger/ledger.ts";
import { quarantineReason } from "../ledger/quarantineReason.ts";
import { writeStanding } from "../ledger/standing.ts";
import { nextTurnMs } from "./nextTurnMs.ts";
import { isObservable } from "./observe.ts";

/** The reason of a thin event that was read begins with this; the id of what was read follows. */
const READ_AS = "read_as ";

/** Why a thin event waits that could not be read for want of an API key. */
export const KEY_MISSING = "stripe_key_missing";

/**
 * Decides what is to become of a thin event: it says nothing itself, so if there is a rule for what it
 * tells, it waits to be read from Stripe as `received`. What has been read is not read again, so that a
 * replay of everything asks nothing of Stripe.
 */
export async function settleThinEvent(
  ctx: PaymentCtx,
  row: LedgerEvent,
  event: ThinEvent,
): Promise<EventStatus> {
  const { payment, db, scheduler } = ctx;
  if (row.statusReason?.startsWith(READ_AS)) {
    return row.status;
  }
  const quarantine = quarantineReason(row, event);
  if (quarantine !== null || !isWorthReading(event)) {
    const status = quarantine === null ? "recorded" : "quarantined";
    await writeOutcome(payment, row, { status, statusReason: quarantine, planId: null });
    return status;
  }
  const hasKey = stripeSecretKey() !== null;
  const nextAttemptAtMs = hasKey ? await nextTurnMs(db) : Date.now();
  const statusReason = hasKey ? null : KEY_MISSING;
  const waiting = { status: "received", statusReason, attempts: 0, nextAttemptAtMs } as const;
  await writeStanding(payment, row, waiting);
  if (hasKey) {
    await scheduler.runAt(nextAttemptAtMs, internal.thin.read, { eventId: row._id });
  }
  return "received";
}

/** How a thin event stands once it was read: what it told is in a row of its own. */
export function readStanding(readId: string) {
  return {
    status: "recorded",
    statusReason: `${READ_AS}${readId}`,
    nextAttemptAtMs: null,
  } as const;
}

/** The id of what was read for a thin event; null when its reason says something else. */
export function readForThin(statusReason: string | null): string | null {
  return statusReason?.startsWith(READ_AS) ? statusReason.slice(READ_AS.length) : null;
}

/**
 * There is a rule for what it tells. A subscription is read at every event about it that has no snapshot
 * event: those are of the finer types (`v1.customer.subscription.past_due`), which only thin events have.
 */
function isWorthReading({ type, objectType, objectId, snapshotEventId }: ThinEvent): boolean {
  const twin = snapshotType(type);
  const isReadable = isObservable(objectType) && objectId !== null;
  const isRuled = twin !== null && RULED_TYPES.includes(twin);
  return snapshotEventId === null
    ? isReadable && twin !== null && (isRuled || objectType === "subscription")
    : isRuled;
}
