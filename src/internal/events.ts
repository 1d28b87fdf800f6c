import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import type { StripeEvent } from "../stripe/event.ts";
import { stripeMode } from "./environment.ts";
import { readingOf } from "./eventReading.ts";
import { deliveryMutation, internalQuery } from "./functions.ts";
import { addToLedger, findDelivered, scopeOf } from "./ledger.ts";
import { takeEffect } from "./takeEffect.ts";

/** What became of a delivery. `isDuplicate`: the event was in the ledger already; nothing was written. */
const deliveryResult = v.object({ status: v.string(), isDuplicate: v.boolean() });

/** Characters of a failure's text that the ledger keeps. */
const MAX_FAILURE_CHARACTERS = 500;

/**
 * Takes in one delivery: the ledger row, what the event says, the plans that follow, all in this one
 * transaction. A duplicate stops at the ledger and changes nothing.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`; nothing was written
 */
export const ingest = deliveryMutation({
  args: {},
  returns: deliveryResult,
  handler: async ({ payment, verified }) => {
    const { event } = verified;
    const delivered = await findDelivered(payment, event);
    if (delivered !== null) {
      return { status: delivered.status, isDuplicate: true };
    }
    const quarantine = quarantineReason(event);
    if (quarantine !== null) {
      await addToLedger(payment, verified, "quarantined", quarantine);
      return { status: "quarantined", isDuplicate: false };
    }
    const row = await addToLedger(payment, verified, "applied", null);
    const standing = await takeEffect(payment, row, readingOf(event));
    await payment.patch(row._id, { ...standing });
    return { status: standing.status, isDuplicate: false };
  },
});

/**
 * Keeps a delivery whose {@link ingest} failed, so that the event is not lost with the failure: a ledger
 * row with status `failed` and the reason. Applies nothing.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`; nothing was written
 */
export const keepFailed = deliveryMutation({
  args: { reason: v.string() },
  returns: deliveryResult,
  handler: async ({ payment, verified }, { reason }) => {
    const delivered = await findDelivered(payment, verified.event);
    if (delivered !== null) {
      return { status: delivered.status, isDuplicate: true };
    }
    const kept = reason.slice(0, MAX_FAILURE_CHARACTERS);
    await addToLedger(payment, verified, "failed", kept);
    return { status: "failed", isDuplicate: false };
  },
});

/** The ledger, newest first. */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.query("events").order("desc").paginate(paginationOpts),
});

/** How often each type without a rule came, by mode and account. */
export const recordedTypes = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) =>
    await db.query("recordedTypes").paginate(paginationOpts),
});

/** Events that may not touch this deployment's plans are kept, but take no effect. */
function quarantineReason(event: StripeEvent): string | null {
  const { mode, account } = scopeOf(event);
  if (mode !== stripeMode()) {
    return "mode_mismatch";
  }
  return account === "" ? null : "account_not_allowed";
}
