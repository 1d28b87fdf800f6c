import { internal } from "../_generated/api.ts";
import type { PaymentCtx } from "../effect/settleEvent.ts";
import type { LedgerEvent } from "../ledger/ledger.ts";
import type { EventStanding } from "../ledger/standing.ts";
import { type Backoff, retryDelayMs } from "./backoff.ts";

/** Twelve attempts in about a day: long enough to mend a rule, or whatever else it failed for. */
export const EVENT_RETRY: Backoff = {
  firstDelayMs: 5_000,
  factor: 3,
  maxDelayMs: 6 * 60 * 60 * 1_000,
  maxAttempts: 12,
};

/** Characters of a failure's text that the ledger keeps. */
const MAX_FAILURE_CHARACTERS = 500;

/** How an event stands after its rule failed once more: tried again later, or dead. */
export function failedStanding(attempts: number, failure: unknown): EventStanding {
  const delayMs = retryDelayMs(EVENT_RETRY, attempts);
  return {
    status: delayMs === null ? "dead" : "failed",
    statusReason: failureText(failure),
    planId: null,
    attempts,
    nextAttemptAtMs: delayMs === null ? null : Date.now() + delayMs,
    appliedAtMs: null,
  };
}

/** What the ledger keeps of a failure, which is an error or its text. */
export function failureText(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return text.slice(0, MAX_FAILURE_CHARACTERS);
}

/** Has a failed event tried again when its time has come. */
export async function scheduleRetry(
  { scheduler }: Pick<PaymentCtx, "scheduler">,
  { _id: eventId }: LedgerEvent,
  { nextAttemptAtMs }: EventStanding,
): Promise<void> {
  if (nextAttemptAtMs !== null) {
    await scheduler.runAt(nextAttemptAtMs, internal.inbox.retry, { eventId });
  }
}
