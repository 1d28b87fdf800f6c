import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import type { EventFact } from "../ledger/eventFact.ts";
import type { Scope } from "../ledger/ledger.ts";
import { type ChargeFact, joinChargeFacts } from "../model/chargeFact.ts";
import {
  type CheckoutSessionFact,
  joinCheckoutSessionFacts,
} from "../model/checkoutSessionFact.ts";
import { type CustomerFact, joinCustomerFacts } from "../model/customerFact.ts";
import { type DisputeFact, joinDisputeFacts } from "../model/disputeFact.ts";
import { type InvoiceFact, joinInvoiceFacts } from "../model/invoiceFact.ts";
import { joinSetOnce } from "../model/joinSetOnce.ts";
import { UNKNOWN_STANDING } from "../model/paymentStanding.ts";
import { joinRefundFacts, type RefundFact } from "../model/refundFact.ts";
import { joinSubscriptionFacts, subscriptionFact } from "../model/subscriptionFact.ts";
import type { SubscriptionRecord } from "../model/subscriptionRecords.ts";

/** Rows about one object that one event may touch at once. */
const MAX_ROWS = 1_000;

/**
 * Joins what an event says into what is known of its object.
 *
 * @returns the subscriptions and sessions whose plan may follow differently now
 */
export async function saveFact(
  db: PaymentDatabase,
  scope: Scope,
  said: EventFact,
): Promise<PlanBearer[]> {
  switch (said.kind) {
    case "subscription":
      return await saveSubscription(db, scope, said.subscriptionId, said.record);
    case "checkout.session":
      return await saveCheckoutSession(db, scope, said.fact);
    case "invoice":
      return await saveInvoice(db, scope, said.fact);
    case "charge":
      return await saveCharge(db, scope, said.fact);
    case "refund":
      return await saveRefund(db, scope, said.fact);
    case "dispute":
      return await saveDispute(db, scope, said.fact);
    case "customer":
      return await saveCustomer(db, scope, said.fact);
  }
}

/** A row that belongs to a plan. */
export type PlanBearer = Doc<"subscriptions"> | Doc<"checkoutSessions">;

/** Every subscription and session that mentions one of these objects. */
export async function bearersMentioning(
  db: DatabaseReader,
  scope: Scope,
  objectIds: readonly string[],
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const bearers = new Map<string, PlanBearer>();
  for (const id of objectIds) {
    const subscriptions = db.query("subscriptions");
    const sessions = db.query("checkoutSessions");
    const found = await Promise.all([
      findSubscription(db, scope, id).then((row) => (row === null ? [] : [row])),
      subscriptions
        .withIndex("by_customer", (q) =>
          q.eq("mode", mode).eq("account", account).eq("customerId", id),
        )
        .take(MAX_ROWS),
      sessions
        .withIndex("by_session", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.sessionId", id),
        )
        .take(MAX_ROWS),
      sessionsOf(db, scope, "by_subscription", "fact.subscriptionId", id),
      sessionsOf(db, scope, "by_payment_intent", "fact.paymentIntentId", id),
      sessionsOf(db, scope, "by_customer", "fact.customerId", id),
    ]);
    for (const row of found.flat()) {
      bearers.set(row._id, row);
    }
  }
  return [...bearers.values()];
}

async function saveSubscription(
  db: PaymentDatabase,
  scope: Scope,
  subscriptionId: string,
  record: SubscriptionRecord,
): Promise<PlanBearer[]> {
  const row = await subscriptionRow(db, scope, subscriptionId);
  const { records, standing } = joinSubscriptionFacts(row, subscriptionFact(record));
  const customerId = joinSetOnce(record.state.customerId, row.customerId);
  await db.patch(row._id, { records, standing, customerId });
  return [{ ...row, records, standing, customerId }];
}

async function saveCheckoutSession(
  db: PaymentDatabase,
  scope: Scope,
  fact: CheckoutSessionFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("checkoutSessions")
    .withIndex("by_session", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.sessionId", fact.sessionId),
    )
    .unique();
  if (row === null) {
    const id = await db.insert("checkoutSessions", {
      ...scope,
      planId: null,
      isNamed: false,
      fact,
    });
    return [(await db.get(id)) as Doc<"checkoutSessions">];
  }
  const joined = joinCheckoutSessionFacts(row.fact, fact);
  await db.patch(row._id, { fact: joined });
  return [{ ...row, fact: joined }];
}

async function saveInvoice(
  db: PaymentDatabase,
  scope: Scope,
  fact: InvoiceFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("invoices")
    .withIndex("by_invoice", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.invoiceId", fact.invoiceId),
    )
    .unique();
  if (row === null) {
    await db.insert("invoices", { ...scope, fact });
  } else {
    await db.patch(row._id, { fact: joinInvoiceFacts(row.fact, fact) });
  }
  if (fact.subscriptionId === null) {
    return [];
  }
  const subscription = await subscriptionRow(db, scope, fact.subscriptionId);
  const customerId = joinSetOnce(subscription.customerId, fact.customerId);
  await db.patch(subscription._id, { customerId });
  return [{ ...subscription, customerId }];
}

async function saveCharge(
  db: PaymentDatabase,
  scope: Scope,
  fact: ChargeFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("charges")
    .withIndex("by_charge", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.chargeId", fact.chargeId),
    )
    .unique();
  if (row === null) {
    await db.insert("charges", { ...scope, fact });
  } else {
    await db.patch(row._id, { fact: joinChargeFacts(row.fact, fact) });
  }
  return await purchasesOf(db, scope, fact.paymentIntentId);
}

async function saveRefund(
  db: PaymentDatabase,
  scope: Scope,
  fact: RefundFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("refunds")
    .withIndex("by_refund", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.refundId", fact.refundId),
    )
    .unique();
  if (row === null) {
    await db.insert("refunds", { ...scope, fact });
  } else {
    await db.patch(row._id, { fact: joinRefundFacts(row.fact, fact) });
  }
  return await purchasesOf(db, scope, fact.paymentIntentId);
}

async function saveDispute(
  db: PaymentDatabase,
  scope: Scope,
  fact: DisputeFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("disputes")
    .withIndex("by_dispute", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.disputeId", fact.disputeId),
    )
    .unique();
  if (row === null) {
    await db.insert("disputes", { ...scope, fact });
  } else {
    await db.patch(row._id, { fact: joinDisputeFacts(row.fact, fact) });
  }
  return await purchasesOf(db, scope, fact.paymentIntentId);
}

/** The sessions that a payment was made in. */
async function purchasesOf(
  db: DatabaseReader,
  scope: Scope,
  paymentIntentId: string | null,
): Promise<Doc<"checkoutSessions">[]> {
  return paymentIntentId === null
    ? []
    : await sessionsOf(db, scope, "by_payment_intent", "fact.paymentIntentId", paymentIntentId);
}

async function saveCustomer(
  db: PaymentDatabase,
  scope: Scope,
  fact: CustomerFact,
): Promise<PlanBearer[]> {
  const { mode, account } = scope;
  const row = await db
    .query("customers")
    .withIndex("by_customer", (q) =>
      q.eq("mode", mode).eq("account", account).eq("fact.customerId", fact.customerId),
    )
    .unique();
  if (row === null) {
    await db.insert("customers", { ...scope, fact });
  } else {
    await db.patch(row._id, { fact: joinCustomerFacts(row.fact, fact) });
  }
  return await bearersMentioning(db, scope, [fact.customerId]);
}

/** The subscription's row, made when nothing was known of it. */
async function subscriptionRow(
  db: PaymentDatabase,
  scope: Scope,
  subscriptionId: string,
): Promise<Doc<"subscriptions">> {
  const row = await findSubscription(db, scope, subscriptionId);
  if (row !== null) {
    return row;
  }
  const fresh = {
    ...scope,
    subscriptionId,
    customerId: null,
    planId: null,
    records: [],
    standing: UNKNOWN_STANDING,
  };
  return (await db.get(await db.insert("subscriptions", fresh))) as Doc<"subscriptions">;
}

async function findSubscription(
  db: DatabaseReader,
  { mode, account }: Scope,
  subscriptionId: string,
): Promise<Doc<"subscriptions"> | null> {
  return await db
    .query("subscriptions")
    .withIndex("by_subscription", (q) =>
      q.eq("mode", mode).eq("account", account).eq("subscriptionId", subscriptionId),
    )
    .unique();
}

async function sessionsOf<Field extends "subscriptionId" | "paymentIntentId" | "customerId">(
  db: DatabaseReader,
  { mode, account }: Scope,
  index: "by_subscription" | "by_payment_intent" | "by_customer",
  field: `fact.${Field}`,
  id: string,
): Promise<Doc<"checkoutSessions">[]> {
  return await db
    .query("checkoutSessions")
    .withIndex(index, (q) =>
      q
        .eq("mode", mode)
        .eq("account", account)
        .eq(field as never, id as never),
    )
    .take(MAX_ROWS);
}
