import type { Catalog, PlanType } from "./catalog.ts";
import type { ChargeFact } from "./chargeFact.ts";
import type { CheckoutSessionFact } from "./checkoutSessionFact.ts";
import { checkoutSessionGrant } from "./checkoutSessionGrant.ts";
import type { CustomerFact } from "./customerFact.ts";
import type { DisputeFact } from "./disputeFact.ts";
import { betterFinding, deletionFinding, type Finding, type PlanSource } from "./finding.ts";
import { nothing, type Terms } from "./grant.ts";
import type { InvoiceFact } from "./invoiceFact.ts";
import { invoiceGrant } from "./invoiceGrant.ts";
import { Moment } from "./Moment.ts";
import { type PlanAlert, planAlerts } from "./planAlerts.ts";
import { type PlanRule, planRules } from "./planRules.ts";
import type { Policy } from "./policy.ts";
import { purchaseFinding } from "./purchaseFinding.ts";
import type { RefundFact } from "./refundFact.ts";
import type { SubscriptionFact } from "./subscriptionFact.ts";
import { readSubscription } from "./subscriptionReading.ts";

/** Everything known about one plan: the joined fact of each object linked to it, each object once. */
export interface PlanFacts {
  /** `records` may be empty for a subscription that is only known by name. */
  subscriptions: SubscriptionFact[];
  /** The customers that the other facts name. One that is missing counts as not deleted. */
  customers: CustomerFact[];
  sessions: CheckoutSessionFact[];
  /** Of subscriptions without a record, and of those whose checkout was paid with delay. */
  invoices: InvoiceFact[];
  charges: ChargeFact[];
  refunds: RefundFact[];
  disputes: DisputeFact[];
}

/** The plan that follows from the facts, and why. */
export interface PlanDecision {
  planType: PlanType;
  /** How many were bought of what grants the plan; `null` for a free plan and where nobody said. */
  seats: number | null;
  /** Stable code of the rule that decided. */
  rule: PlanRule;
  /** The rule as a sentence. */
  reason: string;
  /** `null` only when nothing at all speaks about a payment. */
  source: PlanSource | null;
  /** What somebody should look at. Sorted by code. */
  alerts: PlanAlert[];
  /** Subscriptions to read from Stripe, because events alone do not tell their state. Sorted. */
  ambiguousSubscriptionIds: string[];
  /** Subscriptions that may be charged now; with more than one somebody may be paying twice. Sorted. */
  liveSubscriptionIds: string[];
  /** The first time, in Unix seconds, at which time alone may change this decision; `null`: never. */
  changesAtSeconds: number | null;
}

/**
 * Decides a plan from everything known about it; a function of the facts as sets, so their order does not
 * matter. The highest grant wins; see `betterFinding` for ties. Without any grant the plan is `free`, and
 * the rule says why.
 *
 * - A subscription with records decides for itself. Until it has one, a paid invoice with a recognised
 *   price or a paid Checkout Session stands in for it, for a while.
 * - Nothing counts for a subscription whose customer was deleted.
 * - A one-time purchase counts from its paid Checkout Session until it is refunded or disputed. Refunding
 *   or disputing a subscription's charge changes nothing: Stripe documents that it does not cancel the
 *   subscription, unless the account is set so, and then the subscription says so.
 *
 * For the same facts, catalog and policy the decision is the same at every time from `nowSeconds` until
 * just before `changesAtSeconds`.
 */
export function derivePlan(
  facts: PlanFacts,
  catalog: Catalog,
  policy: Readonly<Policy>,
  nowSeconds: number,
): PlanDecision {
  const moment = new Moment(nowSeconds);
  const terms = { catalog, policy, moment };
  const subscriptions = facts.subscriptions
    .filter(({ records }) => records.length > 0)
    .map((subscription) => readSubscription(subscription, facts, terms));
  const recorded = new Set(subscriptions.map(({ subscriptionId }) => subscriptionId));
  const standIns = standInsOf(facts, recorded, terms);
  const findings = [
    ...subscriptions.map(({ finding }) => finding),
    ...standIns.map(({ finding }) => finding),
    ...purchaseFindings(facts, terms),
  ];
  const { planType, seats, rule, source } = findings.reduce(betterFinding, NO_PAYMENT);
  const unknownSubscriptionIds = standIns
    .filter(({ finding }) => OUTDATED_RULES.has(finding.rule))
    .map(({ subscriptionId }) => subscriptionId);
  const toRead = subscriptions
    .filter(({ isAmbiguous, isCut, isOverdue }) => isAmbiguous || isCut || isOverdue)
    .map(({ subscriptionId }) => subscriptionId);
  return {
    planType,
    seats,
    rule,
    reason: planRules[rule],
    source,
    alerts: planAlerts({ ...facts, findings, subscriptions, unknownSubscriptionIds }),
    ambiguousSubscriptionIds: [...new Set([...toRead, ...unknownSubscriptionIds])].sort(),
    liveSubscriptionIds: subscriptions
      .filter(({ isLive }) => isLive)
      .map(({ subscriptionId }) => subscriptionId)
      .sort(),
    changesAtSeconds: moment.changesAtSeconds,
  };
}

const NO_PAYMENT: Finding = { ...nothing("no_payment"), source: null };

/** What no longer stands in for a subscription of which nothing was heard. */
const OUTDATED_RULES: ReadonlySet<PlanRule> = new Set([
  "invoice_period_over",
  "checkout_session_outdated",
]);

interface StandIn {
  subscriptionId: string;
  finding: Finding;
}

/** What sessions and invoices say about subscriptions without a record of their own. */
function standInsOf(facts: PlanFacts, recorded: ReadonlySet<string>, terms: Terms): StandIn[] {
  const ofSessions = facts.sessions
    .filter(({ mode }) => mode === "subscription")
    .map((session) => ({
      ...session,
      grant: checkoutSessionGrant(session, terms),
      objectId: session.sessionId,
    }));
  const ofInvoices = facts.invoices.map((invoice) => ({
    ...invoice,
    grant: invoiceGrant(invoice, terms),
    objectId: invoice.invoiceId,
  }));
  return [...ofSessions, ...ofInvoices].flatMap(
    ({ grant, subscriptionId, customerId, eventId, objectId }) => {
      if (grant === null || (subscriptionId !== null && recorded.has(subscriptionId))) {
        return [];
      }
      const finding = { ...grant, source: { eventId, objectId } };
      const decisive = deletionFinding(customerId, facts.customers) ?? finding;
      return [{ subscriptionId: subscriptionId ?? "", finding: decisive }];
    },
  );
}

function purchaseFindings(facts: PlanFacts, terms: Terms): Finding[] {
  return facts.sessions
    .filter(({ mode }) => mode === "payment")
    .flatMap((session) => {
      const grant = checkoutSessionGrant(session, terms);
      const source = { eventId: session.eventId, objectId: session.sessionId };
      return grant === null ? [] : [purchaseFinding(session, { ...grant, source }, facts, terms)];
    });
}
