import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { planOfEvent } from "../effect/applyEvent.ts";
import { resolvePlan } from "../effect/links.ts";
import { ObjectLinks } from "../effect/ObjectLinks.ts";
import { ownAccount, stripeMode } from "../environment.ts";
import { readAgain, type Scope, scopeOfRow } from "../ledger/ledger.ts";
import { refusal } from "../refusal.ts";

/**
 * The plan that an operator means by `of`: the id of a plan, of an event (Stripe's or the ledger's), of a
 * subscription, Checkout Session, payment intent or customer, or an owner's, tried in this order. Stripe's
 * ids are those of the deployment's mode and own account.
 *
 * @throws ConvexError `plan_not_found`
 */
export async function findPlan(db: DatabaseReader, of: string): Promise<Doc<"plans">> {
  const planId =
    db.normalizeId("plans", of) ??
    (await planOfLedgerEvent(db, of)) ??
    (await planOfObject(db, of));
  const plan = planId === null ? await planOfOwner(db, of) : await db.get(planId);
  if (plan === null) {
    throw refusal(
      "plan_not_found",
      "No plan has this id, this owner, or anything to do with this id of Stripe.",
    );
  }
  return plan;
}

/** Where the ids of the deployment's own objects are unique. */
export function ownScope(): Scope {
  return { mode: stripeMode(), account: ownAccount() };
}

async function planOfLedgerEvent(db: DatabaseReader, of: string): Promise<Id<"plans"> | null> {
  const event = await findEvent(db, of);
  if (event === null) {
    return null;
  }
  const links = new ObjectLinks(db, scopeOfRow(event));
  return (
    event.planId ?? (await planOfEvent(db, links, (await readAgain(db, event._id)).links)).planId
  );
}

/** The event with this id: Stripe's, or the ledger's own. */
export async function findEvent(db: DatabaseReader, of: string): Promise<Doc<"events"> | null> {
  const id = db.normalizeId("events", of);
  const { mode, account } = ownScope();
  return id === null
    ? await db
        .query("events")
        .withIndex("by_stripe_event", (q) =>
          q.eq("mode", mode).eq("account", account).eq("stripeEventId", of),
        )
        .unique()
    : await db.get(id);
}

async function planOfObject(db: DatabaseReader, of: string): Promise<Id<"plans"> | null> {
  const { mode, account } = ownScope();
  const subscription = await db
    .query("subscriptions")
    .withIndex("by_subscription", (q) =>
      q.eq("mode", mode).eq("account", account).eq("subscriptionId", of),
    )
    .unique();
  return (
    subscription?.planId ??
    (await resolvePlan(db, new ObjectLinks(db, { mode, account }), [of], null)).planId
  );
}

async function planOfOwner(db: DatabaseReader, ownerId: string): Promise<Doc<"plans"> | null> {
  return await db
    .query("plans")
    .withIndex("by_owner", (q) => q.eq("ownerId", ownerId))
    .unique();
}
