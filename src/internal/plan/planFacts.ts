import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { Scope } from "../ledger/ledger.ts";
import type { PlanFacts } from "../model/derivePlan.ts";
import { refusal } from "../refusal.ts";

/** Subscriptions, and completed sessions, of one plan that a decision looks at. */
export const MAX_FACTS_PER_PLAN = 1_000;

/** Sessions of one plan that are read at once, whatever they are: most plans have no more. */
const FEW_SESSIONS = 7;

/** The newest invoices of a subscription that a decision looks at. */
const MAX_INVOICES_PER_SUBSCRIPTION = 12;

/** Charges, refunds and disputes, each, of one payment that a decision looks at. */
const MAX_FACTS_PER_PAYMENT = 100;

/**
 * Everything that is known about a plan; every read is bounded.
 *
 * @throws ConvexError `too_many_facts` beyond {@link MAX_FACTS_PER_PLAN}
 */
export async function planFacts(db: DatabaseReader, planId: Id<"plans">): Promise<PlanFacts> {
  const [subscriptions, { bought, others }] = await Promise.all([
    db
      .query("subscriptions")
      .withIndex("by_plan", (q) => q.eq("planId", planId))
      .take(MAX_FACTS_PER_PLAN + 1),
    sessionsOf(db, planId),
  ]);
  if (subscriptions.length > MAX_FACTS_PER_PLAN || bought.length > MAX_FACTS_PER_PLAN) {
    throw refusal(
      "too_many_facts",
      `A plan has more than ${MAX_FACTS_PER_PLAN} subscriptions or completed sessions.`,
    );
  }
  const sessions = [...bought, ...others];
  const facts = sessions.map(({ fact, isNamed }) => ({
    ...fact,
    planIdClaims: isNamed ? [planId] : [],
  }));
  const [customers, invoices, charges, refunds, disputes] = await Promise.all([
    customersOf(db, subscriptions, sessions),
    invoicesOf(db, subscriptions, facts),
    ofPayments(sessions, ({ mode, account }, paymentIntentId) =>
      db
        .query("charges")
        .withIndex("by_payment_intent", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.paymentIntentId", paymentIntentId),
        )
        .take(MAX_FACTS_PER_PAYMENT),
    ),
    ofPayments(sessions, ({ mode, account }, paymentIntentId) =>
      db
        .query("refunds")
        .withIndex("by_payment_intent", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.paymentIntentId", paymentIntentId),
        )
        .take(MAX_FACTS_PER_PAYMENT),
    ),
    ofPayments(sessions, ({ mode, account }, paymentIntentId) =>
      db
        .query("disputes")
        .withIndex("by_payment_intent", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.paymentIntentId", paymentIntentId),
        )
        .take(MAX_FACTS_PER_PAYMENT),
    ),
  ]);
  return { subscriptions, customers, sessions: facts, invoices, charges, refunds, disputes };
}

/** The completed sessions, and one of each other kind: of what was never bought one tells as much as all. */
async function sessionsOf(
  db: DatabaseReader,
  planId: Id<"plans">,
): Promise<Record<"bought" | "others", Doc<"checkoutSessions">[]>> {
  const few = await db
    .query("checkoutSessions")
    .withIndex("by_plan", (q) => q.eq("planId", planId))
    .take(FEW_SESSIONS + 1);
  const sessionsThatAre = async (status: "complete" | "expired" | "open", limit: number) =>
    few.length <= FEW_SESSIONS
      ? few.filter(({ fact }) => fact.status === status).slice(0, limit)
      : await db
          .query("checkoutSessions")
          .withIndex("by_plan", (q) => q.eq("planId", planId).eq("fact.status", status))
          .take(limit);
  // The first by its id, like in every decision.
  const [bought, expired, open] = await Promise.all([
    sessionsThatAre("complete", MAX_FACTS_PER_PLAN + 1),
    sessionsThatAre("expired", 1),
    sessionsThatAre("open", 1),
  ]);
  return { bought, others: [...expired, ...open] };
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

/**
 * The newest of the subscriptions whose invoices still matter: those without a record of their own, and
 * those whose checkout was not paid at once. All others decide for themselves.
 */
async function invoicesOf(
  db: DatabaseReader,
  subscriptions: Doc<"subscriptions">[],
  sessions: PlanFacts["sessions"],
): Promise<PlanFacts["invoices"]> {
  const delayed = new Set(
    sessions
      .filter(({ payment }) => payment === "unpaid" || payment === "failed")
      .map(({ subscriptionId }) => subscriptionId),
  );
  const rows = await Promise.all(
    subscriptions
      .filter(({ records, subscriptionId }) => records.length === 0 || delayed.has(subscriptionId))
      .map(({ mode, account, subscriptionId }) =>
        db
          .query("invoices")
          .withIndex("by_subscription", (q) =>
            q.eq("mode", mode).eq("account", account).eq("fact.subscriptionId", subscriptionId),
          )
          .order("desc")
          .take(MAX_INVOICES_PER_SUBSCRIPTION),
      ),
  );
  return rows.flat().map(({ fact }) => fact);
}

/** What was read for each payment of a purchase. */
async function ofPayments<Fact>(
  sessions: Doc<"checkoutSessions">[],
  read: (scope: Scope, paymentIntentId: string) => Promise<{ fact: Fact }[]>,
): Promise<Fact[]> {
  const rows = await Promise.all(
    sessions.map(({ mode, account, fact }) =>
      fact.paymentIntentId === null ? [] : read({ mode, account }, fact.paymentIntentId),
    ),
  );
  return rows.flat().map(({ fact }) => fact);
}
