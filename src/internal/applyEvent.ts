import type { StripeEvent } from "../stripe/event.ts";
import { type EventLinks, readLinks } from "../stripe/readers/links.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import { bearersMentioning, type EventFact, type PlanBearer, saveFact } from "./facts.ts";
import { type LedgerEvent, type Scope, scopeOf } from "./ledger.ts";
import {
  addLinks,
  existingPlanIds,
  mentionedIds,
  type ResolvedPlan,
  releaseWaiting,
  resolvePlan,
  waitForLink,
} from "./links.ts";
import type { PaymentDatabase } from "./paymentDatabase.ts";
import { decidePlan } from "./planWriter.ts";

/**
 * Lets a verified event take effect: what it says joins what is known, the plans it names are linked to
 * what it mentions, and every plan that may follow differently is decided again.
 *
 * @param said what the event says by its type's rule; null for a type without one, which can still link
 * @returns the plan that the event belongs to, or null when none is known yet
 */
export async function applyEvent(
  db: PaymentDatabase,
  row: LedgerEvent,
  event: StripeEvent,
  said: EventFact | null,
): Promise<Id<"plans"> | null> {
  const scope = scopeOf(event);
  const links = readLinks(event);
  const mentioned = mentionedIds(links);
  const touched = said === null ? [] : await saveFact(db, scope, said);
  const planIds = await existingPlanIds(db, links.planIdClaims);
  const linked = await addLinks(db, scope, mentioned, planIds);
  const relinked = await bearersMentioning(db, scope, linked);
  const bearers = new Map([...touched, ...relinked].map((bearer) => [bearer._id, bearer]));
  for (const planId of await settleBearers(db, scope, bearers.values())) {
    await decidePlan(db, planId, row);
  }

  const planId = await planOfEvent(db, scope, links, touched);
  for (const objectId of linked) {
    await releaseWaiting(db, scope, objectId, planId ?? (planIds[0] as Id<"plans">));
  }
  if (planId === null && said !== null) {
    await waitForLink(db, scope, row, mentioned);
  }
  return planId;
}

/** Puts each row under the plan it belongs to now. @returns the plans that gained, kept or lost one */
async function settleBearers(
  db: PaymentDatabase,
  scope: Scope,
  bearers: Iterable<PlanBearer>,
): Promise<Set<Id<"plans">>> {
  const affected = new Set<Id<"plans">>();
  for (const bearer of bearers) {
    const { planId, isNamed } = await planOfBearer(db, scope, bearer);
    if (isSubscription(bearer)) {
      if (planId !== bearer.planId) {
        await db.patch(bearer._id, { planId });
      }
    } else if (planId !== bearer.planId || isNamed !== bearer.isNamed) {
      await db.patch(bearer._id, { planId, isNamed });
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
  db: PaymentDatabase,
  scope: Scope,
  bearer: PlanBearer,
): Promise<ResolvedPlan> {
  if (isSubscription(bearer)) {
    return await resolvePlan(db, scope, [bearer.subscriptionId], bearer.customerId);
  }
  const { sessionId, subscriptionId, paymentIntentId, customerId } = bearer.fact;
  return await resolvePlan(db, scope, [sessionId, subscriptionId, paymentIntentId], customerId);
}

async function planOfEvent(
  db: PaymentDatabase,
  scope: Scope,
  links: EventLinks,
  touched: readonly PlanBearer[],
): Promise<Id<"plans"> | null> {
  const ownIds = [links.sessionId, links.subscriptionId, links.paymentIntentId];
  const { planId } = await resolvePlan(db, scope, ownIds, links.customerId);
  const [first] = touched;
  return planId ?? (first === undefined ? null : (await planOfBearer(db, scope, first)).planId);
}

function isSubscription(bearer: PlanBearer): bearer is Doc<"subscriptions"> {
  return "records" in bearer;
}
