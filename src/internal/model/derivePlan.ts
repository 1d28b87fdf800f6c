import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { type Catalog, defaultCatalog, type PlanType, planTypeRank } from "./catalog.ts";
import type { ChargeFact } from "./chargeFact.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { checkoutSessionGrant } from "./checkoutSessionGrant.ts";
import { compareText } from "./compareText.ts";
import type { CustomerFact } from "./customerFact.ts";
import type { Grant } from "./grant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";
import { invoiceGrant } from "./invoiceGrant.ts";
import { type PlanRule, planRuleOrder, planRules } from "./planRules.ts";
import { policy, refundRule, subscriptionRule } from "./policy.ts";
import { subscriptionGrant } from "./subscriptionGrant.ts";
import { readSubscriptionRecords, type SubscriptionRecord } from "./subscriptionRecords.ts";

/** Everything known about one plan: the joined fact of each object linked to it, each object once. */
export interface PlanFacts {
  /** `records` may be empty for a subscription that is only known by name. */
  subscriptions: { subscriptionId: string; records: SubscriptionRecord[] }[];
  /** The customers that the other facts name. One that is missing counts as not deleted. */
  customers: CustomerFact[];
  sessions: CheckoutSessionFact[];
  invoices: InvoiceFact[];
  charges: ChargeFact[];
}

/** Which event about which Stripe object a decision rests on. */
export interface PlanSource {
  eventId: string;
  objectId: string;
}

/** The plan that follows from the facts, and why. */
export interface PlanDecision {
  planType: PlanType;
  /** Stable code of the rule that decided. */
  rule: PlanRule;
  /** The rule as a sentence. */
  reason: string;
  /** `null` only when nothing at all speaks about a payment. */
  source: PlanSource | null;
  /** Subscriptions to read from Stripe, because events alone do not tell their state. Sorted. */
  ambiguousSubscriptionIds: string[];
  /** Subscriptions that may be charged now; with more than one somebody may be paying twice. Sorted. */
  liveSubscriptionIds: string[];
}

/**
 * Decides a plan from everything known about it; a function of the facts as sets, so their order does not
 * matter. The highest grant wins; among equals the rule that `planRules` names first, then the lesser
 * object id, then the lesser event id. Without any grant the plan is `free`, and the rule says why.
 *
 * - A subscription with records decides for itself. Until it has one, a paid invoice with a recognised
 *   price or a paid Checkout Session stands in for it.
 * - Nothing counts for a subscription whose customer was deleted.
 * - A one-time purchase counts from its paid Checkout Session until its charge is refunded. Refunding a
 *   subscription's charge changes nothing: Stripe documents that it does not cancel the subscription.
 */
export function derivePlan(facts: PlanFacts, catalog: Catalog = defaultCatalog): PlanDecision {
  const subscriptions = facts.subscriptions
    .filter(({ records }) => records.length > 0)
    .map((subscription) => readSubscription(subscription, facts.customers, catalog));
  const recorded = new Set(subscriptions.map(({ subscriptionId }) => subscriptionId));
  const decisive = [
    ...subscriptions.map(({ finding }) => finding),
    ...facts.sessions.flatMap((session) => sessionFindings(session, recorded, facts, catalog)),
    ...facts.invoices.flatMap((invoice) => invoiceFindings(invoice, recorded, facts, catalog)),
  ].reduce(betterFinding, NO_PAYMENT);
  return {
    planType: decisive.planType,
    rule: decisive.rule,
    reason: planRules[decisive.rule],
    source: decisive.source,
    ambiguousSubscriptionIds: sortedIds(subscriptions.filter(({ ambiguous }) => ambiguous)),
    liveSubscriptionIds: sortedIds(subscriptions.filter(({ live }) => live)),
  };
}

/** A grant and what it rests on. */
interface Finding extends Grant {
  source: PlanSource | null;
}

const NO_PAYMENT: Finding = { planType: "free", rule: "no_payment", source: null };

interface SubscriptionReading {
  subscriptionId: string;
  finding: Finding;
  ambiguous: boolean;
  live: boolean;
}

function readSubscription(
  { subscriptionId, records }: PlanFacts["subscriptions"][number],
  customers: CustomerFact[],
  catalog: Catalog,
): SubscriptionReading {
  const { state, ambiguous, eventId } = readSubscriptionRecords(records, (candidate) =>
    planTypeRank(subscriptionGrant(candidate, catalog).planType),
  );
  const deletion = deletionFinding(state.customerId, customers);
  if (deletion !== null) {
    return { subscriptionId, finding: deletion, ambiguous: false, live: false };
  }
  return {
    subscriptionId,
    finding: {
      ...subscriptionGrant(state, catalog),
      source: { eventId, objectId: subscriptionId },
    },
    ambiguous: ambiguous || mayHideItsBestPrice(state),
    live: LIVE_STATUSES.has(state.status),
  };
}

function deletionFinding(customerId: string | null, customers: CustomerFact[]): Finding | null {
  const customer = customers.find((each) => each.deleted && each.customerId === customerId);
  return customer === undefined
    ? null
    : {
        planType: "free",
        rule: "customer_deleted",
        source: { eventId: customer.eventId, objectId: customer.customerId },
      };
}

function mayHideItsBestPrice(state: SubscriptionSnapshot): boolean {
  return !state.itemsComplete && policy[subscriptionRule(state)].grants;
}

/** Not `incomplete`: Stripe takes no money for it unless the buyer comes back, and then it is `active`. */
const LIVE_STATUSES: ReadonlySet<string> = new Set([
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
]);

function sessionFindings(
  session: CheckoutSessionFact,
  recorded: ReadonlySet<string>,
  facts: PlanFacts,
  catalog: Catalog,
): Finding[] {
  const grant = checkoutSessionGrant(session, catalog);
  if (grant === null) {
    return [];
  }
  const finding = { ...grant, source: { eventId: session.eventId, objectId: session.sessionId } };
  return session.mode === "subscription"
    ? standInFindings(session, finding, recorded, facts.customers)
    : purchaseFindings(session, finding, facts.charges);
}

function invoiceFindings(
  invoice: InvoiceFact,
  recorded: ReadonlySet<string>,
  facts: PlanFacts,
  catalog: Catalog,
): Finding[] {
  const grant = invoiceGrant(invoice, catalog);
  if (grant === null) {
    return [];
  }
  const finding = { ...grant, source: { eventId: invoice.eventId, objectId: invoice.invoiceId } };
  return standInFindings(invoice, finding, recorded, facts.customers);
}

function standInFindings(
  { subscriptionId, customerId }: { subscriptionId: string | null; customerId: string | null },
  finding: Finding,
  recorded: ReadonlySet<string>,
  customers: CustomerFact[],
): Finding[] {
  if (subscriptionId !== null && recorded.has(subscriptionId)) {
    return [];
  }
  return [deletionFinding(customerId, customers) ?? finding];
}

function purchaseFindings(
  { paymentIntentId }: CheckoutSessionFact,
  finding: Finding,
  charges: ChargeFact[],
): Finding[] {
  if (finding.planType === "free" || paymentIntentId === null) {
    return [finding];
  }
  const afterRefunds = charges
    .filter((charge) => charge.paymentIntentId === paymentIntentId)
    .flatMap((charge) => refundFindings(charge, finding));
  const revocations = afterRefunds.filter(({ planType }) => planType === "free");
  if (revocations.length > 0) {
    return revocations;
  }
  return afterRefunds.length > 0 ? afterRefunds : [finding];
}

function refundFindings(charge: ChargeFact, purchase: Finding): Finding[] {
  const rule = refundRule(charge);
  if (rule === null) {
    return [];
  }
  const source = { eventId: charge.eventId, objectId: charge.chargeId };
  return [policy[rule].grants ? { ...purchase, rule } : { planType: "free", rule, source }];
}

function betterFinding(a: Finding, b: Finding): Finding {
  const order =
    planTypeRank(b.planType) - planTypeRank(a.planType) ||
    planRuleOrder(a.rule) - planRuleOrder(b.rule) ||
    compareText(a.source?.objectId ?? "", b.source?.objectId ?? "") ||
    compareText(a.source?.eventId ?? "", b.source?.eventId ?? "");
  return order <= 0 ? a : b;
}

function sortedIds(subscriptions: SubscriptionReading[]): string[] {
  return subscriptions.map(({ subscriptionId }) => subscriptionId).sort();
}
