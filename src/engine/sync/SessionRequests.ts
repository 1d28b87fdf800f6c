import { MAX_SESSION_REQUESTS, SESSION_REQUEST_KEPT_MS } from "../limits.ts";
import type { DocumentValue } from "../storage/StoredDocument.ts";
import { SESSION_REQUESTS } from "../storage/systemTables.ts";
import type { Transaction } from "../transaction/Transaction.ts";

/** Names one mutation of one client: a client that asks again uses the same name. */
export interface SessionRequest {
  /** Chosen by the client, the same over its reconnects; not to be guessed by others. */
  readonly sessionId: string;
  readonly requestId: number;
}

/** What a mutation gave back. */
export interface MutationOutcome {
  /** Convex JSON text. */
  readonly valueText: string;
  readonly logLines: string[];
  /** The commit that holds the mutation's effect, or the newest that it saw when it wrote nothing. */
  readonly timestamp: bigint;
}

/** How many old outcomes a new one sweeps away: more than one, so that their number falls. */
const SWEPT_AT_ONCE = 2;

/**
 * Outcomes of mutations by the request that asked for them, kept in the mutation's own transaction:
 * either the effect and its outcome are there or neither is. They are kept for two weeks, as by Convex,
 * and at most {@link MAX_SESSION_REQUESTS} of them.
 */
export class SessionRequests {
  /** Of the newest outcome; null until it was looked up. Gaps do no harm. */
  #lastNumber: number | null = null;
  /** What the oldest outcome was when it was last looked at; null when it must be looked at. */
  #oldest: { number: number; createdAtMs: number } | null = null;

  /** The outcome of what this request has committed before, or null. */
  find(transaction: Transaction, request: SessionRequest): MutationOutcome | null {
    const { sessionId, requestId } = request;
    const found = transaction.system
      .query(SESSION_REQUESTS, "by_session_and_request", [
        { type: "Eq", fieldPath: "sessionId", value: sessionId },
        { type: "Eq", fieldPath: "requestId", value: requestId },
      ])
      .next();
    if (found === null) {
      return null;
    }
    const { valueText, logLines, timestamp } = found.value;
    return {
      valueText: valueText as string,
      logLines: logLines as string[],
      timestamp: timestamp as bigint,
    };
  }

  /** @param outcome of what the transaction has done for the request */
  record(
    transaction: Transaction,
    { sessionId, requestId }: SessionRequest,
    { valueText, logLines }: Omit<MutationOutcome, "timestamp">,
    nowMs: number,
  ): void {
    const number = this.#nextNumber(transaction);
    const timestamp = transaction.commitTimestamp;
    transaction.system.insert(SESSION_REQUESTS, {
      sessionId,
      requestId,
      number,
      valueText,
      logLines,
      timestamp,
    });
    this.#sweep(transaction, number, nowMs);
  }

  #nextNumber(transaction: Transaction): number {
    this.#lastNumber ??= Number(outcomes(transaction, "desc")()?.["number"] ?? 0);
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  #sweep(transaction: Transaction, newest: number, nowMs: number): void {
    const isDue = ({ number, createdAtMs }: { number: number; createdAtMs: number }): boolean =>
      number <= newest - MAX_SESSION_REQUESTS || createdAtMs < nowMs - SESSION_REQUEST_KEPT_MS;
    if (this.#oldest !== null && !isDue(this.#oldest)) {
      return;
    }
    const next = outcomes(transaction, "asc");
    this.#oldest = null;
    for (let swept = 0; swept < SWEPT_AT_ONCE; swept++) {
      const outcome = next();
      if (outcome === null) {
        return;
      }
      const oldest = { number: Number(outcome["number"]), createdAtMs: outcome._creationTime };
      if (!isDue(oldest)) {
        this.#oldest = oldest;
        return;
      }
      transaction.system.delete(SESSION_REQUESTS, outcome._id);
    }
  }
}

function outcomes(transaction: Transaction, order: "asc" | "desc"): () => DocumentValue | null {
  const query = transaction.system.query(SESSION_REQUESTS, "by_creation_time", [], order);
  return () => query.next()?.value ?? null;
}
