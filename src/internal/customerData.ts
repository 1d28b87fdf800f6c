import { v } from "convex/values";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { turnOf } from "./checkout/turns.ts";
import { stripeMode } from "./environment.ts";
import { housekeepingMutation, internalQuery } from "./functions.ts";
import { readBody } from "./ledger/ledger.ts";
import { findPlan, ownScope } from "./plan/findPlan.ts";
import { refusal } from "./refusal.ts";

/** Subscriptions, and sessions, of one plan or customer that are looked at. */
const MAX_ROWS = 1_000;

/** Events whose bodies one call erases. */
const MAX_EVENTS = 8;

/** Characters of a reason. */
const MAX_REASON_LENGTH = 500;

/** Whose data: the plans, and every id of Stripe's under which something may be kept. */
const subject = v.object({
  /** The customer or plan that was asked for. */
  name: v.string(),
  planIds: v.array(v.id("plans")),
  ids: v.array(v.string()),
});

type Subject = (typeof subject)["type"];

/**
 * Whose data `of` means. A customer is the customer alone, and the plan only if no other customer has to
 * do with it; anything else that {@link findPlan} takes is the plan with all of its customers.
 *
 * @throws ConvexError `plan_not_found`; `too_many_facts` beyond 1,000 subscriptions or sessions
 */
export const subjectOf = internalQuery({
  args: { of: v.string() },
  returns: subject,
  handler: async ({ db }, { of }): Promise<Subject> => {
    const ofCustomer = await bearersOfCustomer(db, of);
    if (!isNobody(ofCustomer) || of.startsWith("cus_")) {
      const planIds = new Set([...planIdsOf(ofCustomer), ...(await planIdsOfNote(db, of))]);
      const alone: Id<"plans">[] = [];
      for (const planId of planIds) {
        const customers = customersOf(await bearersOfPlan(db, planId));
        if (customers.every((customer) => customer === of)) {
          alone.push(planId);
        }
      }
      return { name: of, planIds: alone, ids: [...new Set([of, ...idsOf(ofCustomer)])] };
    }
    const plan = await findPlan(db, of);
    const ids = new Set<string>([plan._id]);
    const bearers = await bearersOfPlan(db, plan._id);
    for (const found of [bearers, ...(await bearersOfCustomers(db, customersOf(bearers)))]) {
      for (const id of idsOf(found)) {
        ids.add(id);
      }
    }
    return { name: plan._id, planIds: [plan._id], ids: [...ids] };
  },
});

/** What the checkout noted about the subject's owners and customers. */
export const checkoutNotes = internalQuery({
  args: { subject },
  handler: async ({ db }, { subject: { planIds, ids } }) => {
    const mode = stripeMode();
    const customers = new Map<string, Doc<"customersOfOwners">>();
    const turns: Doc<"checkoutTurns">[] = [];
    for (const customerId of ids) {
      const note = await noteOfCustomer(db, customerId);
      if (note !== null) {
        customers.set(note._id, note);
      }
    }
    for (const planId of planIds) {
      const ownerId = (await db.get(planId))?.ownerId ?? "";
      const note = await db
        .query("customersOfOwners")
        .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
        .unique();
      if (note !== null) {
        customers.set(note._id, note);
      }
      const turn = await turnOf(db, ownerId);
      turns.push(...(turn === null ? [] : [turn]));
    }
    return { customersOfOwners: [...customers.values()], checkoutTurns: turns };
  },
});

/** The body of an event, word for word; "" when it is not kept. */
export const body = internalQuery({
  args: { eventId: v.id("events") },
  returns: v.string(),
  handler: async ({ db }, { eventId }) => await readBody(db, eventId),
});

/**
 * Drops the bodies of these events, at most 8.
 *
 * @returns how many of them had one
 * @throws ConvexError `event_not_found`; `body_altered` for a body that is not the one verified
 */
export const eraseBodies = housekeepingMutation({
  args: { eventIds: v.array(v.id("events")) },
  returns: v.number(),
  handler: async ({ db, housekeeping }, { eventIds }) => {
    let erased = 0;
    for (const eventId of eventIds.slice(0, MAX_EVENTS)) {
      const event = await db.get(eventId);
      if (event === null) {
        throw refusal("event_not_found", "No event with this id is in the ledger.");
      }
      const outcome = await housekeeping.dropBody(event, "erasure");
      if (outcome === "altered") {
        const message = `The body of ${event.stripeEventId} is not the one that was verified.`;
        throw refusal("body_altered", message);
      }
      erased += Number(outcome === "dropped");
    }
    return erased;
  },
});

/**
 * Ends an erasure: the owners of the plans get names that say nothing, and a tombstone says what was
 * erased, when and why.
 *
 * @throws ConvexError `erasure_reason_invalid` for an empty or overlong reason
 */
export const finishErasure = housekeepingMutation({
  args: { subject, reason: v.string(), bodies: v.number() },
  returns: v.id("erasures"),
  handler: async ({ db, housekeeping }, { subject: { name, planIds }, reason, bodies }) => {
    if (reason.trim() === "" || reason.length > MAX_REASON_LENGTH) {
      const bound = `A reason has 1 to ${MAX_REASON_LENGTH} characters.`;
      throw refusal("erasure_reason_invalid", bound);
    }
    let owners = 0;
    for (const planId of planIds) {
      const plan = await db.get(planId);
      owners += Number(plan !== null && (await housekeeping.hideOwner(plan)));
    }
    return await housekeeping.recordErasure({ subject: name, reason, bodies, owners });
  },
});

interface Bearers {
  subscriptions: Doc<"subscriptions">[];
  sessions: Doc<"checkoutSessions">[];
}

/** A customer is known from the checkout on, also when nothing was bought. */
async function planIdsOfNote(db: DatabaseReader, customerId: string): Promise<Id<"plans">[]> {
  const note = await noteOfCustomer(db, customerId);
  const plan =
    note &&
    (await db
      .query("plans")
      .withIndex("by_owner", (q) => q.eq("ownerId", note.ownerId))
      .unique());
  return plan === null ? [] : [plan._id];
}

async function noteOfCustomer(
  db: DatabaseReader,
  customerId: string,
): Promise<Doc<"customersOfOwners"> | null> {
  return await db
    .query("customersOfOwners")
    .withIndex("by_customer", (q) => q.eq("mode", stripeMode()).eq("customerId", customerId))
    .first();
}

async function bearersOfCustomer(db: DatabaseReader, customerId: string): Promise<Bearers> {
  const { mode, account } = ownScope();
  const subscriptions = await db
    .query("subscriptions")
    .withIndex("by_customer", (q) =>
      q.eq("mode", mode).eq("account", account).eq("customerId", customerId),
    )
    .take(MAX_ROWS + 1);
  const sessions = await db
    .query("checkoutSessions")
    .withIndex("by_customer", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.customerId", customerId),
    )
    .take(MAX_ROWS + 1);
  return bounded({ subscriptions, sessions });
}

async function bearersOfCustomers(
  db: DatabaseReader,
  customerIds: readonly string[],
): Promise<Bearers[]> {
  const bearers: Bearers[] = [];
  for (const customerId of new Set(customerIds)) {
    bearers.push(await bearersOfCustomer(db, customerId));
  }
  return bearers;
}

async function bearersOfPlan(db: DatabaseReader, planId: Id<"plans">): Promise<Bearers> {
  const subscriptions = await db
    .query("subscriptions")
    .withIndex("by_plan", (q) => q.eq("planId", planId))
    .take(MAX_ROWS + 1);
  const sessions = await db
    .query("checkoutSessions")
    .withIndex("by_plan", (q) => q.eq("planId", planId))
    .take(MAX_ROWS + 1);
  return bounded({ subscriptions, sessions });
}

function bounded(bearers: Bearers): Bearers {
  if (bearers.subscriptions.length > MAX_ROWS || bearers.sessions.length > MAX_ROWS) {
    throw refusal("too_many_facts", `There are more than ${MAX_ROWS} subscriptions or sessions.`);
  }
  return bearers;
}

function isNobody({ subscriptions, sessions }: Bearers): boolean {
  return subscriptions.length + sessions.length === 0;
}

function planIdsOf({ subscriptions, sessions }: Bearers): Id<"plans">[] {
  return [...subscriptions, ...sessions].flatMap(({ planId }) => (planId === null ? [] : [planId]));
}

function customersOf({ subscriptions, sessions }: Bearers): string[] {
  return [
    ...subscriptions.map(({ customerId }) => customerId),
    ...sessions.map(({ fact }) => fact.customerId),
  ].filter((id) => id !== null);
}

function idsOf(bearers: Bearers): string[] {
  const { subscriptions, sessions } = bearers;
  return [
    ...customersOf(bearers),
    ...subscriptions.map(({ subscriptionId }) => subscriptionId),
    ...sessions.flatMap(({ fact }) => [fact.sessionId, fact.subscriptionId, fact.paymentIntentId]),
  ].filter((id) => id !== null);
}
