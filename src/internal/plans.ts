import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import { checkoutRequest } from "./checkout/checkoutRequest.ts";
import { openPortal } from "./checkout/openPortal.ts";
import { requireOwner } from "./checkout/requireOwner.ts";
import { type SessionProgress, sessionProgress } from "./checkout/sessionProgress.ts";
import { type CheckoutDestination, startCheckout } from "./checkout/startCheckout.ts";
import { viewerOf } from "./checkout/viewerOf.ts";
import { planOfEvent } from "./effect/applyEvent.ts";
import { ObjectLinks } from "./effect/ObjectLinks.ts";
import { action, internalMutation, internalQuery, paymentMutation, query } from "./functions.ts";
import { UNPAID_PLAN } from "./guard/guardedDatabase.ts";
import { type EventReading, withPlans } from "./ledger/eventReading.ts";
import { readAgain, scopeOfRow } from "./ledger/ledger.ts";
import { type PlanType, planTypeRank } from "./model/catalog.ts";
import { factPaysFor } from "./model/paysFor.ts";
import { explainPlan } from "./plan/explainPlan.ts";
import { planNow } from "./plan/planNow.ts";
import { decideByTime, decidePlan } from "./plan/planWriter.ts";
import { requestReads } from "./recovery/requestReads.ts";
import { refusal } from "./refusal.ts";

/** How long a change by time may be overdue before its job counts as lost. */
const MISSED_AFTER_MS = 60_000;

/** Overdue plans that one run takes up; the next run takes up more. */
const MAX_SWEPT = 100;

/** Stripe's bound for `client_reference_id`, which may carry an owner's id. */
const MAX_OWNER_ID_LENGTH = 200;

/**
 * The plan of an owner, opened unpaid when there is none: one plan per owner, for ever.
 *
 * @throws ConvexError `owner_id_invalid` for an empty or overlong id
 */
export const open = internalMutation({
  args: { ownerId: v.string() },
  returns: v.id("plans"),
  handler: async ({ db }, { ownerId }) => {
    if (ownerId.trim() === "" || ownerId.length > MAX_OWNER_ID_LENGTH) {
      throw refusal("owner_id_invalid", `An owner id has 1 to ${MAX_OWNER_ID_LENGTH} characters.`);
    }
    const plan = await db
      .query("plans")
      .withIndex("by_owner", (q) => q.eq("ownerId", ownerId))
      .unique();
    return plan?._id ?? (await db.insert("plans", { ownerId, ...UNPAID_PLAN }));
  },
});

/**
 * The plan as it is now, or null when there is none with this id. What time alone has changed is in the
 * answer at once, also before the job that writes it down has run.
 */
export const get = internalQuery({
  args: { planId: v.id("plans") },
  handler: async ({ db }, { planId }) => {
    const plan = await db.get(planId);
    return plan && (await planNow(db, plan, Date.now()));
  },
});

/**
 * Decides a plan again because time has passed, and asks for reads of the subscriptions of which something
 * should have been heard by now. Scheduled with every decision that time can change; safe to run by hand,
 * as it writes what the ledger and the time prove and nothing else.
 *
 * @param eventId a verified event of the ledger. The change names the one that the plan rests on
 * @throws ConvexError `plan_not_found`, `event_not_found`, `event_not_applied`
 */
export const passTime = paymentMutation({
  args: { planId: v.id("plans") },
  returns: v.null(),
  handler: async (ctx, { planId }) => {
    const { ambiguousSubscriptionIds } = await decideByTime(ctx.payment, planId, ctx.event);
    await requestReads(ctx, ambiguousSubscriptionIds, ctx.event);
    return null;
  },
});

/**
 * Takes up changes by time whose job was lost: jobs do not move with the documents from one place to
 * another.
 */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async ({ db, scheduler }) => {
    const overdue = await db
      .query("plans")
      .withIndex("by_change", (q) =>
        q.gt("changesAtMs", null).lte("changesAtMs", Date.now() - MISSED_AFTER_MS),
      )
      .take(MAX_SWEPT);
    for (const { _id: planId, source } of overdue) {
      if (source !== null) {
        await scheduler.runAfter(0, internal.plans.passTime, { planId, eventId: source.eventId });
      }
    }
    return null;
  },
});

/**
 * Public: where the signed-in owner pays for another plan, or the portal when there is a subscription
 * already. Changes no plan.
 *
 * @throws ConvexError `not_signed_in`; what `checkout/startCheckout.ts` says
 */
export const upgrade = action({
  args: checkoutRequest,
  handler: async (ctx, request): Promise<CheckoutDestination> =>
    await startCheckout(ctx, await requireOwner(ctx), request),
});

/**
 * Public: the customer portal of the signed-in owner.
 *
 * @throws ConvexError `not_signed_in`; what `checkout/openPortal.ts` says
 */
export const portal = action({
  args: { returnUrl: v.optional(v.string()) },
  handler: async (ctx, { returnUrl }): Promise<{ url: string }> =>
    await openPortal(ctx, await requireOwner(ctx), returnUrl),
});

/**
 * Public: how far a checkout of the signed-in owner is, for a return page that follows it live; null for one
 * that is unknown, or somebody else's. Shows, and grants nothing.
 *
 * @param view instead of signing in: the token that the checkout left in the buyer's browser
 */
export const checkoutProgress = query({
  args: { sessionId: v.string(), view: v.optional(v.string()) },
  handler: async ({ auth, db }, { sessionId, view }): Promise<SessionProgress | null> => {
    const ownerId =
      view === undefined ? ((await auth.getUserIdentity())?.subject ?? null) : viewerOf(view);
    return ownerId === null ? null : await sessionProgress(db, ownerId, sessionId);
  },
});

/** The changes of a plan, newest first, each naming the verified event that caused it. */
export const changes = internalQuery({
  args: { planId: v.id("plans"), limit: v.optional(v.number()) },
  handler: async ({ db }, { planId, limit = 100 }) =>
    await db
      .query("planChanges")
      .withIndex("by_plan", (q) => q.eq("planId", planId))
      .order("desc")
      .take(Math.min(limit, 1_000)),
});

/**
 * Why a plan is what it is: the rule, the verified event it rests on with its evidence, the event that
 * last changed it, and a sentence in plain English. It tells what is stored; the audit proves it.
 *
 * @param of the id of the plan, of an event, subscription, Checkout Session, payment intent or customer,
 *   or the owner's
 * @throws ConvexError `plan_not_found`
 */
export const explain = internalQuery({
  args: { of: v.string() },
  handler: async ({ db }, { of }) => await explainPlan(db, of),
});

/**
 * Marks a plan as professional because of a verified event that pays for it. Safe to run by hand: it
 * writes what the ledger proves and nothing else, and running it again changes nothing.
 *
 * @param eventId Stripe's id of the event, or the ledger's
 * @throws ConvexError
 *   - `plan_not_found`, `event_not_found`
 *   - `event_not_applied` the event is quarantined, unlinked, failed or has no rule
 *   - `event_for_another_plan` the event belongs to another plan
 *   - `event_does_not_pay` by itself the event pays for nothing, or for less
 *   - `event_superseded` all events together decide otherwise: a later one ended or refunded it, or
 *     the plan is worth more
 */
export const markPlanAsProfessional = paymentMutation({
  args: { planId: v.id("plans") },
  returns: v.null(),
  handler: async ({ payment, event }, { planId }) => {
    if ((await payment.get(planId)) === null) {
      throw refusal("plan_not_found", "There is no plan with this id.");
    }
    const reading = await readAgain(payment, event._id);
    const links = new ObjectLinks(payment, scopeOfRow(event));
    const belongsTo = await planOfEvent(payment, links, reading.links);
    if (belongsTo.planId !== planId) {
      throw refusal("event_for_another_plan", "The event belongs to another plan.");
    }
    const { said } = withPlans(reading, belongsTo.isNamed ? [planId] : []);
    const paidType = typePaidFor(said, event.createdSeconds);
    if (planTypeRank(paidType) < planTypeRank("professional")) {
      throw refusal("event_does_not_pay", "The event does not pay for a professional plan.");
    }
    const { planType, reason } = await decidePlan(payment, planId, event);
    if (planType !== "professional") {
      throw refusal(
        "event_superseded",
        `All events together make this plan ${planType}: ${reason}`,
      );
    }
    return null;
  },
});

function typePaidFor(said: EventReading["said"], atSeconds: number): PlanType {
  return said === null || said === "unreadable" ? "free" : factPaysFor(said, atSeconds);
}
