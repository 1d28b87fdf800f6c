import type { VerifiedEvent, VerifiedThinEvent } from "../stripe/verify.ts";
import type { DatabaseWriter } from "./_generated/server.ts";
import type { LedgerEvent } from "./ledger.ts";

declare const verified: unique symbol;

/** A database that may write what payment decides. Whoever holds one holds a verified event. */
export type PaymentDatabase = DatabaseWriter & { readonly [verified]: true };

/** @param _proof an event from the verifier or from the ledger; neither can be made by hand */
export function paymentDatabase(
  db: DatabaseWriter,
  _proof: VerifiedEvent | VerifiedThinEvent | LedgerEvent,
): PaymentDatabase {
  return db as PaymentDatabase;
}
