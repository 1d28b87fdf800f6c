import type { WithoutSystemFields } from "convex/server";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { digestOf } from "../ledger/digest.ts";
import type { LedgerEvent } from "../ledger/ledger.ts";

/** How the event behind a change was verified: copied, so that the change proves itself. */
const EVIDENCE = ["signatureTimestampSeconds", "secretFingerprint", "bodySha256"] as const;

type Change = WithoutSystemFields<Doc<"planChanges">>;

/** What a change says of itself; the rest follows from its event and the change before. */
type Decided = Omit<
  Change,
  (typeof EVIDENCE)[number] | "eventId" | "stripeEventId" | "changedAtMs" | "digest"
>;

/** Writes that a plan changed, with the provenance of the event that was the occasion. */
export async function recordChange(
  db: PaymentDatabase,
  event: LedgerEvent,
  decided: Decided,
): Promise<void> {
  const change = {
    ...decided,
    ...evidenceOf(event),
    eventId: event._id,
    stripeEventId: event.stripeEventId,
    changedAtMs: Date.now(),
  };
  const previous = await changeOf(db, decided.planId, decided.version - 1);
  await db.insert("planChanges", { ...change, digest: digestOf(change, previous?.digest) });
}

type Evidence = Pick<Change, (typeof EVIDENCE)[number]>;

/** The evidence in a change, or in the row of the event that it is copied from. */
export function evidenceOf(row: Evidence): Evidence {
  const { signatureTimestampSeconds, secretFingerprint, bodySha256 } = row;
  return { signatureTimestampSeconds, secretFingerprint, bodySha256 };
}

async function changeOf(
  db: DatabaseReader,
  planId: Id<"plans">,
  version: number,
): Promise<Doc<"planChanges"> | null> {
  return version === 0
    ? null
    : await db
        .query("planChanges")
        .withIndex("by_plan", (q) => q.eq("planId", planId).eq("version", version))
        .unique();
}
