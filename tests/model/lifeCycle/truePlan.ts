import type { Bought } from "./market.ts";
import { DAY_SECONDS } from "./market.ts";
import type { PurchaseLife } from "./PurchaseLife.ts";
import type { SubscriptionLife } from "./SubscriptionLife.ts";

/** What an owner may have. */
export interface TruePlan {
  planType: "free" | "professional" | "enterprise";
  seats: number | null;
}

/** What is true of everything that was bought. */
export interface TrueWorld {
  readonly subscriptions: readonly TrueSubscription[];
  readonly purchases: readonly TruePurchase[];
}

export type TrueSubscription = Readonly<
  Pick<
    SubscriptionLife,
    | "behindSinceSeconds"
    | "cancelAtPeriodEnd"
    | "cancelAtSeconds"
    | "collection"
    | "firstPayment"
    | "periodEndSeconds"
    | "status"
    | "trialEndSeconds"
  > & { customer: { isDeleted: boolean }; items: readonly Bought[] }
>;

export type TruePurchase = Readonly<
  Pick<PurchaseLife, "amountMinorUnits" | "payment" | "refundedMinorUnits"> & {
    dispute: { status: string } | null;
  }
>;

/**
 * What the plan must be at a time by the default policy, from what is true in the world. Written from the
 * words of the policy and without the model, which knows only what events tell.
 *
 * @param atSeconds now or later; nothing more happens until then
 */
export function truePlan(world: TrueWorld, atSeconds: number): TruePlan {
  const offers = [
    ...world.subscriptions.map((subscription) => bySubscription(subscription, atSeconds)),
    ...world.purchases.map(byPurchase),
  ];
  return offers.reduce((best, offer) => (isBetter(offer, best) ? offer : best), NOTHING);
}

const NOTHING: TruePlan = { planType: "free", seats: null };
const WORTH = { free: 0, professional: 1, enterprise: 2 };

function isBetter(a: TruePlan, b: TruePlan): boolean {
  return a.planType === b.planType
    ? (a.seats ?? 0) > (b.seats ?? 0)
    : WORTH[a.planType] > WORTH[b.planType];
}

function bySubscription(subscription: TrueSubscription, atSeconds: number): TruePlan {
  const { firstPayment, collection, status, customer } = subscription;
  if (firstPayment !== "settled" || collection === "void" || customer.isDeleted) {
    return NOTHING;
  }
  const endSeconds =
    subscription.cancelAtSeconds ??
    (subscription.cancelAtPeriodEnd ? subscription.periodEndSeconds : null);
  const lastSeconds = lastGoodSecond(subscription, status);
  const isGiven = atSeconds < lastSeconds && (endSeconds === null || atSeconds < endSeconds);
  return isGiven ? bestOf(subscription) : NOTHING;
}

/** How long the status gives access if nothing more is heard. */
function lastGoodSecond(subscription: TrueSubscription, status: string): number {
  switch (status) {
    case "active":
      return subscription.periodEndSeconds + 3 * DAY_SECONDS;
    case "trialing":
      return (subscription.trialEndSeconds ?? 0) + DAY_SECONDS;
    case "past_due":
      return (subscription.behindSinceSeconds ?? 0) + 7 * DAY_SECONDS;
    default:
      return 0;
  }
}

function bestOf({ items }: TrueSubscription): TruePlan {
  for (const planType of ["enterprise", "professional"] as const) {
    const seats = items
      .filter(({ lookupKey }) => lookupKey.startsWith(planType))
      .map(({ quantity }) => quantity);
    if (seats.length > 0) {
      return { planType, seats: seats.reduce((sum, each) => sum + each, 0) };
    }
  }
  return NOTHING;
}

function byPurchase(purchase: TruePurchase): TruePlan {
  const { payment, amountMinorUnits, refundedMinorUnits, dispute } = purchase;
  const status = dispute?.status ?? "none";
  const isSafe = ["none", "won"].includes(status) || status.startsWith("warning_");
  const isKept = payment === "paid" && refundedMinorUnits < amountMinorUnits && isSafe;
  return isKept || payment === "no_payment_required"
    ? { planType: "professional", seats: null }
    : NOTHING;
}
