import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";
import { sha256Hex } from "#digests";
import type { Doc } from "./_generated/dataModel.ts";
import { ledgerMinute } from "./dashboard/ledgerMinute.ts";
import { waitingEvents } from "./dashboard/ledgerStanding.ts";
import { redactedBody } from "./dashboard/redactedBody.ts";
import { eventFilter, searchEvents } from "./dashboard/searchEvents.ts";
import { searchPlans } from "./dashboard/searchPlans.ts";
import { seenLately } from "./dashboard/seenLately.ts";
import { stripeObjects } from "./dashboard/stripeObjects.ts";
import { internalQuery } from "./functions.ts";
import { bodyPartsOf, keptReading, readBody } from "./ledger/ledger.ts";
import { findEvent } from "./plan/findPlan.ts";

/**
 * What the dashboard asks besides the functions that everybody uses. Queries only, each bounded in what it
 * reads, however many events and plans there are.
 */

/** Changes and waiting objects of one event that are shown. */
const MAX_OF_EVENT = 50;

/** Newest changes of plans that are shown. */
const MAX_LATEST_CHANGES = 8;

/** Events without effect, by status: how many, and since when. */
export const waiting = internalQuery({
  args: {},
  handler: async ({ db }) => await waitingEvents(db),
});

/** How many events the ledger holds: the sum of what its chains count. */
export const ledgerSize = internalQuery({
  args: {},
  handler: async ({ db }) => {
    const heads = await db.query("ledgerHeads").collect();
    return heads.reduce((sum, { position }) => sum + position, 0);
  },
});

/** What the minute from `startMs` brought. */
export const minute = internalQuery({
  args: { startMs: v.number() },
  handler: async ({ db }, { startMs }) => await ledgerMinute(db, startMs),
});

/** Plans by type, one tally for each page of plans: all pages together count them all. */
export const planTally = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) => {
    const plans = await db.query("plans").paginate(paginationOpts);
    const tally: Record<Doc<"plans">["planType"], number> & { alerts: number } = {
      ...{ free: 0, professional: 0, enterprise: 0, alerts: 0 },
    };
    for (const { planType, alerts } of plans.page) {
      tally[planType] += 1;
      tally.alerts += Number(alerts.length > 0);
    }
    return { ...plans, page: [tally] };
  },
});

/** The newest changes of plans, newest first, with the plan's owner. */
export const latestChanges = internalQuery({
  args: {},
  handler: async ({ db }) => {
    const changes = await db.query("planChanges").order("desc").take(MAX_LATEST_CHANGES);
    return await Promise.all(
      changes.map(async (change) => ({
        ...change,
        ownerId: (await db.get(change.planId))?.ownerId ?? null,
      })),
    );
  },
});

/** Events that match, a page at a time; see `dashboard/searchEvents.ts`. */
export const events = internalQuery({
  args: { filter: eventFilter, paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { filter, paginationOpts }) =>
    await searchEvents(db, filter, paginationOpts),
});

/**
 * One event with what it changed, or null when there is none with this id (Stripe's or the ledger's).
 * `isBodyAsVerified` is found out anew; null once the body is no longer kept.
 */
export const event = internalQuery({
  args: { eventId: v.string() },
  handler: async ({ db }, { eventId }) => {
    const row = await findEvent(db, eventId);
    if (row === null) {
      return null;
    }
    const body = await readBody(db, row._id);
    const waitsFor = await db
      .query("unlinkedEvents")
      .withIndex("by_event", (q) => q.eq("eventId", row._id))
      .take(MAX_OF_EVENT);
    const changes = await db
      .query("planChanges")
      .withIndex("by_event", (q) => q.eq("eventId", row._id))
      .take(MAX_OF_EVENT);
    const plan = row.planId === null ? null : await db.get(row.planId);
    return {
      row,
      isBodyAsVerified: body === "" ? null : sha256Hex(body) === row.bodySha256,
      bodyDropped: body === "" ? ((await keptReading(db, row._id))?.cause ?? null) : null,
      plan: plan && { planId: plan._id, ownerId: plan.ownerId, planType: plan.planType },
      changes,
      waitsFor: waitsFor.map(({ objectId }) => objectId),
    };
  },
});

/**
 * The body of an event, indented, or null once it is no longer kept.
 *
 * @param isWhole also what a person wrote or is known by; see `dashboard/redactedBody.ts`
 */
export const eventBody = internalQuery({
  args: { eventId: v.id("events"), isWhole: v.boolean() },
  returns: v.union(v.string(), v.null()),
  handler: async ({ db }, { eventId, isWhole }) => {
    const parts = await bodyPartsOf(db, eventId);
    const body = parts.map(({ text }) => text).join("");
    if (body === "") {
      return null;
    }
    return isWhole ? JSON.stringify(JSON.parse(body), null, 2) : redactedBody(body);
  },
});

/** Plans, newest first, or those that an id means; see `dashboard/searchPlans.ts`. */
export const plans = internalQuery({
  args: { of: v.string(), paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { of, paginationOpts }) => await searchPlans(db, of, paginationOpts),
});

/** The objects of Stripe's that decide a plan. @throws ConvexError `too_many_facts` */
export const planObjects = internalQuery({
  args: { planId: v.id("plans") },
  handler: async ({ db }, { planId }) => await stripeObjects(db, planId),
});

/** What the newest events tell of secrets, API versions, types and clocks. */
export const seen = internalQuery({
  args: {},
  handler: async ({ db }) => await seenLately(db),
});
