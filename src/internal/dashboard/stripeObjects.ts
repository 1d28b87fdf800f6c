import type { Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { planFacts } from "../plan/planFacts.ts";

/** An object of Stripe's that a plan's decision looks at, as events tell of it. */
export interface StripeObject {
  kind: "subscription" | "checkout session" | "invoice" | "charge" | "refund" | "dispute";
  id: string;
  customerId: string | null;
  state: string;
  /** What it is about: prices, an amount in minor units, or nothing. */
  detail: string;
}

/** The objects that decide a plan. @throws ConvexError `too_many_facts` */
export async function stripeObjects(
  db: DatabaseReader,
  planId: Id<"plans">,
): Promise<StripeObject[]> {
  const facts = await planFacts(db, planId);
  return [
    ...facts.subscriptions.map(({ subscriptionId, records }) => {
      const state = records.at(-1)?.state;
      return {
        kind: "subscription" as const,
        id: subscriptionId,
        customerId: state?.customerId ?? null,
        state: state?.status ?? "only named by other events",
        detail: (state?.items ?? []).map(itemText).join(", "),
      };
    }),
    ...facts.sessions.map(({ sessionId, customerId, status, payment, amountTotalMinorUnits }) => ({
      kind: "checkout session" as const,
      id: sessionId,
      customerId,
      state: `${status}, ${payment}`,
      detail: amountText(amountTotalMinorUnits),
    })),
    ...facts.invoices.map(({ invoiceId, customerId, status, prices }) => ({
      kind: "invoice" as const,
      id: invoiceId,
      customerId,
      state: status,
      detail: prices.map(priceText).join(", "),
    })),
    ...facts.charges.map((charge) => ({
      kind: "charge" as const,
      id: charge.chargeId,
      customerId: charge.customerId,
      state: charge.refundedInFull ? "refunded" : "captured",
      detail: amountText(charge.amountCapturedMinorUnits),
    })),
    ...facts.refunds.map(({ refundId, status, amountMinorUnits }) => ({
      kind: "refund" as const,
      id: refundId,
      customerId: null,
      state: status,
      detail: amountText(amountMinorUnits),
    })),
    ...facts.disputes.map(({ disputeId, sightings }) => ({
      kind: "dispute" as const,
      id: disputeId,
      customerId: null,
      state: sightings.at(-1)?.status ?? "",
      detail: "",
    })),
  ];
}

interface Price {
  priceId: string | null;
  lookupKey: string | null;
}

function itemText(item: Price & { quantity: number | null }): string {
  return `${priceText(item)}${item.quantity === null ? "" : ` × ${item.quantity}`}`;
}

function priceText({ lookupKey, priceId }: Price): string {
  return lookupKey ?? priceId ?? "no price";
}

function amountText(minorUnits: number | null): string {
  return minorUnits === null ? "" : `${minorUnits} minor units`;
}
