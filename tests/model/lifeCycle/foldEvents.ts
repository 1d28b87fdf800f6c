import { type EventFact, readEventFact } from "../../../src/internal/ledger/eventFact.ts";
import { type ChargeFact, joinChargeFacts } from "../../../src/internal/model/chargeFact.ts";
import {
  type CheckoutSessionFact,
  joinCheckoutSessionFacts,
} from "../../../src/internal/model/checkoutSessionFact.ts";
import { type CustomerFact, joinCustomerFacts } from "../../../src/internal/model/customerFact.ts";
import type { PlanFacts } from "../../../src/internal/model/derivePlan.ts";
import { type DisputeFact, joinDisputeFacts } from "../../../src/internal/model/disputeFact.ts";
import { type InvoiceFact, joinInvoiceFacts } from "../../../src/internal/model/invoiceFact.ts";
import { joinRefundFacts, type RefundFact } from "../../../src/internal/model/refundFact.ts";
import {
  joinSubscriptionFacts,
  type SubscriptionFact,
  subscriptionFact,
} from "../../../src/internal/model/subscriptionFact.ts";
import { OBSERVED } from "../../../src/internal/model/subscriptionRecords.ts";
import { readEvent } from "../../../src/stripe/event.ts";
import { readSubscription } from "../../../src/stripe/readers/subscription.ts";
import type { JsonObject } from "../../fixtures/stripe.ts";
import { PLAN_PLACEHOLDER } from "./Journal.ts";

/** What Stripe's events about one plan say; those without a rule say nothing. */
export function factsOf(events: readonly JsonObject[]): EventFact[] {
  return events.flatMap((event) => {
    const said = readEventFact(readEvent(JSON.stringify(event)), [PLAN_PLACEHOLDER as never]);
    return said === null ? [] : [said];
  });
}

/** A read of a subscription that began at this time. */
export function observation(subscription: JsonObject, createdSeconds: number): EventFact {
  const state = readSubscription(subscription);
  const eventId = `read_${state.id}`;
  const record = { eventId, type: OBSERVED, createdSeconds, state, before: null };
  return { kind: "subscription", subscriptionId: state.id, record };
}

/** What batches of facts, each worked through from nothing, come to together. */
export function foldBatches(batches: readonly (readonly EventFact[])[]): PlanFacts {
  const whole = new FactTable();
  for (const batch of batches) {
    const part = new FactTable();
    for (const said of batch) {
      part.take(said);
    }
    whole.join(part);
  }
  return whole.planFacts();
}

/** The joined fact of each object, as the tables of the gateway keep them. */
class FactTable {
  readonly #subscriptions = new Map<string, SubscriptionFact>();
  readonly #sessions = new Map<string, CheckoutSessionFact>();
  readonly #invoices = new Map<string, InvoiceFact>();
  readonly #charges = new Map<string, ChargeFact>();
  readonly #refunds = new Map<string, RefundFact>();
  readonly #disputes = new Map<string, DisputeFact>();
  readonly #customers = new Map<string, CustomerFact>();

  take(said: EventFact): void {
    switch (said.kind) {
      case "subscription": {
        const fact = subscriptionFact(said.record);
        joinInto(this.#subscriptions, fact.subscriptionId, fact, joinSubscriptionFacts);
        break;
      }
      case "checkout.session":
        joinInto(this.#sessions, said.fact.sessionId, said.fact, joinCheckoutSessionFacts);
        break;
      case "invoice":
        joinInto(this.#invoices, said.fact.invoiceId, said.fact, joinInvoiceFacts);
        break;
      case "charge":
        joinInto(this.#charges, said.fact.chargeId, said.fact, joinChargeFacts);
        break;
      case "refund":
        joinInto(this.#refunds, said.fact.refundId, said.fact, joinRefundFacts);
        break;
      case "dispute":
        joinInto(this.#disputes, said.fact.disputeId, said.fact, joinDisputeFacts);
        break;
      case "customer":
        joinInto(this.#customers, said.fact.customerId, said.fact, joinCustomerFacts);
    }
  }

  join(other: FactTable): void {
    joinAll(this.#subscriptions, other.#subscriptions, joinSubscriptionFacts);
    joinAll(this.#sessions, other.#sessions, joinCheckoutSessionFacts);
    joinAll(this.#invoices, other.#invoices, joinInvoiceFacts);
    joinAll(this.#charges, other.#charges, joinChargeFacts);
    joinAll(this.#refunds, other.#refunds, joinRefundFacts);
    joinAll(this.#disputes, other.#disputes, joinDisputeFacts);
    joinAll(this.#customers, other.#customers, joinCustomerFacts);
  }

  planFacts(): PlanFacts {
    return {
      subscriptions: [...this.#subscriptions.values()],
      sessions: [...this.#sessions.values()],
      invoices: [...this.#invoices.values()],
      charges: [...this.#charges.values()],
      refunds: [...this.#refunds.values()],
      disputes: [...this.#disputes.values()],
      customers: [...this.#customers.values()],
    };
  }
}

function joinAll<Fact>(
  into: Map<string, Fact>,
  from: ReadonlyMap<string, Fact>,
  join: (a: Fact, b: Fact) => Fact,
): void {
  for (const [id, fact] of from) {
    joinInto(into, id, fact, join);
  }
}

function joinInto<Fact>(
  into: Map<string, Fact>,
  id: string,
  fact: Fact,
  join: (a: Fact, b: Fact) => Fact,
): void {
  const known = into.get(id);
  into.set(id, known === undefined ? fact : join(known, fact));
}
