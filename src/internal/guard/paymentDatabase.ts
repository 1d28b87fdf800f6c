import type { Scheduler } from "convex/server";
import type { VerifiedEvent, VerifiedThinEvent } from "../../stripe/verify.ts";
import type { DatabaseWriter } from "../_generated/server.ts";
import type { LedgerEvent } from "../ledger/ledger.ts";

declare const verified: unique symbol;

/**
 * A database that may write what payment decides, and the scheduler that lets time take part in it.
 * Whoever holds one holds a verified event.
 */
export type PaymentDatabase = DatabaseWriter & {
  readonly scheduler: Scheduler;
  readonly [verified]: true;
};

/** @param _proof an event from the verifier or from the ledger; neither can be made by hand */
export function paymentDatabase(
  { db, scheduler }: { db: DatabaseWriter; scheduler: Scheduler },
  _proof: VerifiedEvent | VerifiedThinEvent | LedgerEvent,
): PaymentDatabase {
  return { ...db, scheduler } as PaymentDatabase;
}
