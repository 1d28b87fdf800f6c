import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { type PlanType, planTypeRank } from "../model/catalog.ts";
import { planNow } from "../plan/planNow.ts";
import { refusal } from "../refusal.ts";
import type { Holdings } from "./CheckoutTurn.ts";
import { paymentPending } from "./checkoutSession.ts";

/** Subscriptions, and completed sessions, of one plan that are looked at: as many as decide it. */
const MAX_ROWS = 1_000;

/** Rules by which something stands in for a subscription that is only known by name. */
const STAND_IN_RULES: ReadonlySet<string> = new Set([
  "invoice_stands_in",
  "checkout_session_stands_in",
]);

/**
 * What an owner has bought already, as far as events told.
 *
 * @param customerId the owner's customer here, or null
 * @param wanted the plan type that is about to be sold
 * @throws ConvexError for what makes the owner pay twice, and no portal here can change:
 *   - `subscription_exists` every live subscription is one of another customer, linked to the plan elsewhere
 *   - `already_bought` a one-time purchase grants as much
 *   - `payment_pending` a one-time purchase waits for its payment
 */
export async function holdingsOf(
  db: DatabaseReader,
  planId: Id<"plans">,
  customerId: string | null,
  wanted: PlanType,
): Promise<Holdings> {
  const stored = await db.get(planId);
  if (stored === null) {
    throw refusal("plan_not_found", "There is no plan with this id.");
  }
  const plan = await planNow(db, stored, Date.now());
  if (plan.rule.startsWith("purchase_") && planTypeRank(plan.planType) >= planTypeRank(wanted)) {
    throw refusal("already_bought", "This plan is bought already, once and for all.");
  }
  if (await hasPendingPurchase(db, planId)) {
    throw paymentPending();
  }
  const subscriptions = await db
    .query("subscriptions")
    .withIndex("by_plan", (q) => q.eq("planId", planId))
    .take(MAX_ROWS);
  const live = subscriptions.filter((each) => isLive(plan, each));
  const foreign = live.filter((each) => each.customerId !== customerId);
  if (foreign.length > 0 && foreign.length === live.length) {
    throw subscriptionExists();
  }
  return { hadSubscription: subscriptions.length > 0, hasForeignSubscription: foreign.length > 0 };
}

/** There is nothing to lead the owner to: the portal of another customer is not theirs. */
export function subscriptionExists() {
  return refusal(
    "subscription_exists",
    "There is a subscription for this plan already, which was not bought here. It is managed where it was bought.",
  );
}

function isLive(plan: Doc<"plans">, { subscriptionId, records }: Doc<"subscriptions">): boolean {
  return records.length === 0
    ? STAND_IN_RULES.has(plan.rule)
    : plan.liveSubscriptionIds.includes(subscriptionId);
}

async function hasPendingPurchase(db: DatabaseReader, planId: Id<"plans">): Promise<boolean> {
  const complete = await db
    .query("checkoutSessions")
    .withIndex("by_plan", (q) => q.eq("planId", planId).eq("fact.status", "complete"))
    .take(MAX_ROWS);
  return complete.some(({ fact }) => fact.mode === "payment" && fact.payment === "unpaid");
}
