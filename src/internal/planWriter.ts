import { compareValues, type Value } from "convex/values";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import type { LedgerEvent } from "./ledger.ts";
import { derivePlan, type PlanDecision, type PlanFacts } from "./model/derivePlan.ts";
import type { PaymentDatabase } from "./paymentDatabase.ts";
import { recordChange } from "./planChanges.ts";
import { refusal } from "./refusal.ts";

/** Subscriptions, and sessions, of one plan that a decision looks at. */
const MAX_FACTS_PER_PLAN = 1_000;

/**
 * Decides a plan again from all facts that are linked to it, and writes the decision. The only code that
 * writes the fields of a plan which payment decides.
 *
 * @param event the verified event that was the occasion; it is named in the change
 * @throws ConvexError `too_many_facts` beyond {@link MAX_FACTS_PER_PLAN}
 */
export async function decidePlan(
  db: PaymentDatabase,
  planId: Id<"plans">,
  event: LedgerEvent,
): Promise<PlanDecision> {
  const plan = await db.get(planId);
  if (plan === null) {
    throw refusal("plan_not_found", "There is no plan with this id.");
  }
  const decision = derivePlan(await planFacts(db, planId));
  if (isWritten(plan, decision)) {
    return decision;
  }
  const { planType, rule, reason, source } = decision;
  const hasChanged = planType !== plan.planType;
  const version = hasChanged ? plan.version + 1 : plan.version;
  if (hasChanged) {
    await recordChange(db, event, {
      planId,
      version,
      from: plan.planType,
      to: planType,
      rule,
      reason,
      source,
    });
  }
  await db.patch(planId, { ...decision, version });
  return decision;
}

function isWritten(plan: Doc<"plans">, decision: PlanDecision): boolean {
  const written = Object.fromEntries(
    Object.keys(decision).map((field) => [field, plan[field as keyof PlanDecision]]),
  );
  return compareValues(written as Value, { ...decision } as Value) === 0;
}

async function planFacts(db: DatabaseReader, planId: Id<"plans">): Promise<PlanFacts> {
  const [subscriptions, sessions] = await Promise.all([
    db
      .query("subscriptions")
      .withIndex("by_plan", (q) => q.eq("planId", planId))
      .take(MAX_FACTS_PER_PLAN + 1),
    db
      .query("checkoutSessions")
      .withIndex("by_plan", (q) => q.eq("planId", planId))
      .take(MAX_FACTS_PER_PLAN + 1),
  ]);
  if (subscriptions.length > MAX_FACTS_PER_PLAN || sessions.length > MAX_FACTS_PER_PLAN) {
    throw refusal(
      "too_many_facts",
      `A plan has more than ${MAX_FACTS_PER_PLAN} subscriptions or sessions.`,
    );
  }
  const [customers, invoices, charges] = await Promise.all([
    customersOf(db, subscriptions, sessions),
    invoicesOf(db, subscriptions),
    chargesOf(db, sessions),
  ]);
  return {
    subscriptions,
    customers,
    sessions: sessions.map(({ fact, isNamed }) => ({
      ...fact,
      planIdClaims: isNamed ? [planId] : [],
    })),
    invoices,
    charges,
  };
}

async function customersOf(
  db: DatabaseReader,
  subscriptions: Doc<"subscriptions">[],
  sessions: Doc<"checkoutSessions">[],
): Promise<PlanFacts["customers"]> {
  const named = new Map<string, { mode: "test" | "live"; account: string; customerId: string }>();
  for (const { mode, account, customerId } of [
    ...subscriptions,
    ...sessions.map(({ fact, ...scope }) => ({ ...scope, customerId: fact.customerId })),
  ]) {
    if (customerId !== null) {
      named.set(`${mode} ${account} ${customerId}`, { mode, account, customerId });
    }
  }
  const rows = await Promise.all(
    [...named.values()].map(({ mode, account, customerId }) =>
      db
        .query("customers")
        .withIndex("by_customer", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.customerId", customerId),
        )
        .unique(),
    ),
  );
  return rows.flatMap((row) => (row === null ? [] : [row.fact]));
}

/** Only for subscriptions of which no record is known: their own records decide otherwise. */
async function invoicesOf(
  db: DatabaseReader,
  subscriptions: Doc<"subscriptions">[],
): Promise<PlanFacts["invoices"]> {
  const rows = await Promise.all(
    subscriptions
      .filter(({ records }) => records.length === 0)
      .map(({ mode, account, subscriptionId }) =>
        db
          .query("invoices")
          .withIndex("by_subscription", (q) =>
            q.eq("mode", mode).eq("account", account).eq("fact.subscriptionId", subscriptionId),
          )
          .take(MAX_FACTS_PER_PLAN),
      ),
  );
  return rows.flat().map(({ fact }) => fact);
}

async function chargesOf(
  db: DatabaseReader,
  sessions: Doc<"checkoutSessions">[],
): Promise<PlanFacts["charges"]> {
  const rows = await Promise.all(
    sessions.map(({ mode, account, fact }) =>
      fact.paymentIntentId === null
        ? []
        : db
            .query("charges")
            .withIndex("by_payment_intent", (q) =>
              q
                .eq("mode", mode)
                .eq("account", account)
                .eq("fact.paymentIntentId", fact.paymentIntentId),
            )
            .take(MAX_FACTS_PER_PLAN),
    ),
  );
  return rows.flat().map(({ fact }) => fact);
}
