import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import type { StripeEvent } from "../stripe/event.ts";
import { readLinks } from "../stripe/readers/links.ts";
import { UnreadableObjectError } from "../stripe/readers/UnreadableObjectError.ts";
import type { Id } from "./_generated/dataModel.ts";
import { applyEvent } from "./applyEvent.ts";
import { stripeMode } from "./environment.ts";
import { type EventFact, readEventFact } from "./eventFact.ts";
import { deliveryMutation, internalQuery } from "./functions.ts";
import { addToLedger, type EventStatus, findDelivered, scopeOf } from "./ledger.ts";
import { existingPlanIds } from "./links.ts";
import type { PaymentDatabase } from "./paymentDatabase.ts";

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
    const planIds = await existingPlanIds(payment, readLinks(event).planIdClaims);
    const reading = read(event, planIds);
    if (reading === "unreadable") {
      await addToLedger(payment, verified, "failed", "object_unreadable");
      return { status: "failed", isDuplicate: false };
    }
    const row = await addToLedger(payment, verified, "applied", null);
    const planId = await applyEvent(payment, row, event, reading, planIds);
    const status = statusOf(reading, planId);
    await payment.patch(row._id, { status, planId });
    if (status === "recorded") {
      await countRecorded(payment, event);
    }
    return { status, isDuplicate: false };
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

function statusOf(reading: EventFact | null, planId: Id<"plans"> | null): EventStatus {
  if (reading === null) {
    return "recorded";
  }
  return planId === null ? "unlinked" : "applied";
}

function read(event: StripeEvent, planIds: Id<"plans">[]): EventFact | null | "unreadable" {
  try {
    return readEventFact(event, planIds);
  } catch (error) {
    if (error instanceof UnreadableObjectError) {
      return "unreadable";
    }
    throw error;
  }
}

async function countRecorded(db: PaymentDatabase, event: StripeEvent): Promise<void> {
  const { mode, account } = scopeOf(event);
  const { type } = event;
  const row = await db
    .query("recordedTypes")
    .withIndex("by_type", (q) => q.eq("mode", mode).eq("account", account).eq("type", type))
    .unique();
  if (row === null) {
    await db.insert("recordedTypes", { mode, account, type, count: 1 });
  } else {
    await db.patch(row._id, { count: row.count + 1 });
  }
}
