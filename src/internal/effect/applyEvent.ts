import type { EventLinks } from "../../stripe/readers/links.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { aboutId, type EventFact } from "../ledger/eventFact.ts";
import { type LedgerEvent, scopeOfRow } from "../ledger/ledger.ts";
import { decidePlan } from "../plan/planWriter.ts";
import { bearersMentioning, type PlanBearer, saveFact } from "./facts.ts";
import {
  addLinks,
  mentionedIds,
  type ResolvedPlan,
  releaseWaiting,
  resolvePlan,
  waitForLink,
} from "./links.ts";
import { ObjectLinks } from "./ObjectLinks.ts";

/**
 * Lets a verified event take effect: what it says joins what is known, the plans it names are linked to
 * what it mentions, and every plan that may follow differently is decided again.
 *
 * @param mentions what the event points at
 * @param said what the event says by its type's rule; null for a type without one, which can still link
 * @param planIds the existing plans that the event names
 * @returns the plan that the event belongs to, or null when none is known yet, and the subscriptions that
 *   events alone left ambiguous
 */
export async function applyEvent(
  db: PaymentDatabase,
  row: LedgerEvent,
  mentions: EventLinks,
  said: EventFact | null,
  planIds: readonly Id<"plans">[],
): Promise<{ planId: Id<"plans"> | null; ambiguousSubscriptionIds: string[] }> {
  const scope = scopeOfRow(row);
  const links = new ObjectLinks(db, scope);
  const ambiguousSubscriptionIds: string[] = [];
  const mentioned = mentionedIds(mentions);
  const touched = said === null ? [] : await saveFact(db, scope, said);
  const linked = await addLinks(db, links, mentioned, planIds);
  const relinked = await bearersMentioning(db, scope, linked);
  const bearers = new Map([...touched, ...relinked].map((bearer) => [bearer._id, bearer]));
  for (const planId of await settleBearers(db, links, bearers.values())) {
    const decision = await decidePlan(db, planId, row);
    ambiguousSubscriptionIds.push(...decision.ambiguousSubscriptionIds);
  }
  for (const objectId of linked) {
    const { planId } = await resolvePlan(db, links, [objectId], null);
    await releaseWaiting(db, scope, objectId, planId, "all");
  }
  const { planId } = await planOfEvent(db, links, mentions, touched);
  if (planId === null && said !== null) {
    await waitForLink(db, scope, row, mentioned, aboutId(said));
  }
  return { planId, ambiguousSubscriptionIds };
}

/**
 * The plan that an event belongs to now: by what is linked to the objects it mentions, else by the
 * subscriptions and sessions that it is about.
 */
export async function planOfEvent(
  db: DatabaseReader,
  links: ObjectLinks,
  { sessionId, subscriptionId, paymentIntentId, customerId }: EventLinks,
  about: readonly PlanBearer[] = [],
): Promise<ResolvedPlan> {
  const ownIds = [sessionId, subscriptionId, paymentIntentId];
  const resolved = await resolvePlan(db, links, ownIds, customerId);
  for (const bearer of resolved.planId === null ? about : []) {
    const resolvedByBearer = await planOfBearer(db, links, bearer);
    if (resolvedByBearer.planId !== null) {
      return resolvedByBearer;
    }
  }
  return resolved;
}

/** Puts each row under the plan it belongs to now. @returns the plans that gained, kept or lost one */
async function settleBearers(
  db: PaymentDatabase,
  links: ObjectLinks,
  bearers: Iterable<PlanBearer>,
): Promise<Set<Id<"plans">>> {
  const affected = new Set<Id<"plans">>();
  for (const bearer of bearers) {
    const { planId, isNamed } = await planOfBearer(db, links, bearer);
    if (isSubscription(bearer)) {
      if (planId !== bearer.planId) {
        await db.patch(bearer._id, { planId });
      }
    } else if (planId !== bearer.planId || isNamed !== bearer.isNamed) {
      await db.patch(bearer._id, { planId, isNamed });
    }
    if (bearer.planId === null) {
      for (const objectId of borneIdsOf(bearer)) {
        await releaseWaiting(db, links.scope, objectId, planId, "about");
      }
    }
    for (const each of [planId, bearer.planId]) {
      if (each !== null) {
        affected.add(each);
      }
    }
  }
  return affected;
}

async function planOfBearer(
  db: DatabaseReader,
  links: ObjectLinks,
  bearer: PlanBearer,
): Promise<ResolvedPlan> {
  return await resolvePlan(db, links, ownIdsOf(bearer), customerIdOf(bearer));
}

function customerIdOf(bearer: PlanBearer): string | null {
  return isSubscription(bearer) ? bearer.customerId : bearer.fact.customerId;
}

function ownIdsOf(bearer: PlanBearer): string[] {
  const ids = isSubscription(bearer)
    ? [bearer.subscriptionId]
    : [bearer.fact.sessionId, bearer.fact.subscriptionId, bearer.fact.paymentIntentId];
  return ids.filter((id) => id !== null);
}

/** The objects whose events bear on this row. A session's subscription has a row of its own. */
function borneIdsOf(bearer: PlanBearer): (string | null)[] {
  return isSubscription(bearer)
    ? [bearer.subscriptionId, bearer.customerId]
    : [bearer.fact.sessionId, bearer.fact.paymentIntentId, bearer.fact.customerId];
}

function isSubscription(bearer: PlanBearer): bearer is Doc<"subscriptions"> {
  return "records" in bearer;
}
