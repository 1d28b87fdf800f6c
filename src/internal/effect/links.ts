import type { EventLinks } from "../../stripe/readers/links.ts";
import type { Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import type { LedgerEvent, Scope } from "../ledger/ledger.ts";
import { writeStanding } from "../ledger/standing.ts";
import type { ObjectLinks } from "./ObjectLinks.ts";

/** Events that one link can bring out of waiting. More stay `unlinked` until the next link. */
const MAX_EVENTS_PER_LINK = 1_000;

/**
 * How Stripe's objects belong to plans.
 *
 * A verified event that names a plan (`client_reference_id`, `metadata.planId`) links that plan to every
 * object it mentions. A subscription or session belongs to the plan that was linked to itself; failing
 * that, to the plan of its customer. Where several plans were named the one that was opened first
 * counts, whatever the order of the events. E-mail addresses never link.
 */

/** Those of the named plans that exist. */
export async function existingPlanIds(
  db: DatabaseReader,
  claims: readonly string[],
): Promise<Id<"plans">[]> {
  const planIds: Id<"plans">[] = [];
  for (const claim of claims) {
    const planId = db.normalizeId("plans", claim);
    if (planId !== null && (await db.get(planId)) !== null) {
      planIds.push(planId);
    }
  }
  return planIds;
}

/** The objects that an event mentions: first those that are its own, the customer last. */
export function mentionedIds(links: EventLinks): string[] {
  return [links.sessionId, links.subscriptionId, links.paymentIntentId, links.customerId].filter(
    (id) => id !== null,
  );
}

/**
 * Links plans to objects.
 *
 * @returns the objects that were not linked to all of these plans before
 */
export async function addLinks(
  db: PaymentDatabase,
  links: ObjectLinks,
  objectIds: readonly string[],
  planIds: readonly Id<"plans">[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const objectId of planIds.length === 0 ? [] : objectIds) {
    if (await links.add(db, objectId, planIds)) {
      changed.push(objectId);
    }
  }
  return changed;
}

/** The plan of an object, and whether it was named for the object itself or only for its customer. */
export interface ResolvedPlan {
  planId: Id<"plans"> | null;
  isNamed: boolean;
}

/** The plan of an object, by what is linked to its own ids, else to its customer. */
export async function resolvePlan(
  db: DatabaseReader,
  links: ObjectLinks,
  ownIds: readonly (string | null)[],
  customerId: string | null,
): Promise<ResolvedPlan> {
  const own = new Set<Id<"plans">>();
  for (const objectId of ownIds) {
    for (const planId of await links.plansOf(objectId)) {
      own.add(planId);
    }
  }
  const isNamed = own.size > 0;
  const planIds = isNamed ? [...own] : await links.plansOf(customerId);
  return { planId: await firstOpened(db, planIds), isNamed };
}

/** Remembers an event that belongs to no plan yet under every object that may bring the link. */
export async function waitForLink(
  db: PaymentDatabase,
  scope: Scope,
  event: LedgerEvent,
  objectIds: readonly string[],
  aboutId: string | null,
): Promise<void> {
  for (const objectId of objectIds) {
    const isAbout = objectId === aboutId;
    await db.insert("unlinkedEvents", { ...scope, objectId, isAbout, eventId: event._id });
  }
}

/**
 * Takes events that waited for this object out of waiting: all of them when the object was linked, those
 * about it when it got its plan by another way. None while there is no plan for it.
 */
export async function releaseWaiting(
  db: PaymentDatabase,
  scope: Scope,
  objectId: string | null,
  planId: Id<"plans"> | null,
  which: "all" | "about",
): Promise<void> {
  if (planId === null || objectId === null) {
    return;
  }
  const waiting = await db
    .query("unlinkedEvents")
    .withIndex("by_object", (q) =>
      q.eq("mode", scope.mode).eq("account", scope.account).eq("objectId", objectId),
    )
    .take(MAX_EVENTS_PER_LINK);
  for (const { eventId } of waiting.filter(({ isAbout }) => which === "all" || isAbout)) {
    const event = await db.get(eventId);
    if (event !== null) {
      await writeStanding(db, event, { status: "applied", planId, appliedAtMs: Date.now() });
    }
    await stopWaiting(db, eventId);
  }
}

/** Forgets under which objects an event waits. */
export async function stopWaiting(db: PaymentDatabase, eventId: Id<"events">): Promise<void> {
  const rows = db.query("unlinkedEvents").withIndex("by_event", (q) => q.eq("eventId", eventId));
  for (const row of await rows.collect()) {
    await db.delete(row._id);
  }
}

async function firstOpened(
  db: DatabaseReader,
  planIds: readonly Id<"plans">[],
): Promise<Id<"plans"> | null> {
  if (planIds.length <= 1) {
    return planIds[0] ?? null;
  }
  const plans = await Promise.all(planIds.map((planId) => db.get(planId)));
  const existing = plans.filter((plan) => plan !== null);
  existing.sort((a, b) => a._creationTime - b._creationTime || (a._id < b._id ? -1 : 1));
  return existing[0]?._id ?? null;
}
