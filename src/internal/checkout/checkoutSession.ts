import { sha256Hex } from "#digests";
import type { CheckoutOffer, OfferTrial } from "../model/checkoutOffer.ts";
import { stripeFailure } from "../recovery/stripeApi.ts";
import { refusal } from "../refusal.ts";
import type { CheckoutTurn } from "./CheckoutTurn.ts";
import { listed, requireText, type SellingApi } from "./sellingApi.ts";

/** What is sold to whom, and where the buyer goes afterwards. */
export interface Sale {
  turn: CheckoutTurn;
  offer: CheckoutOffer;
  seats: number;
  priceId: string;
  customerId: string;
  successUrl: string;
  cancelUrl: string;
  /** Null: none, or the owner had a subscription before. */
  trial: OfferTrial | null;
}

/** A Checkout Session that can be paid. */
export interface OpenSession {
  url: string;
  sessionId: string;
  /** Of the sale that it is for; null for one that was not made here. */
  saleKey: string | null;
}

type SessionParameters = NonNullable<Parameters<SellingApi["checkout"]["sessions"]["create"]>[0]>;

/** Sessions that are expired at the same time. */
const EXPIRED_AT_ONCE = 8;

/** By which metadata a session is known again as the same sale on the same terms. */
const SALE_KEY = "checkout";

/** The parameters of a sale's session. What renewals and refunds need is on the objects they carry. */
export function sessionParameters(sale: Sale): SessionParameters {
  const { turn, offer, seats, trial } = sale;
  const metadata = { planId: turn.planId as string };
  const isOnce = offer.interval === "once";
  const { min, max, isAdjustable } = offer.seats;
  const parameters: SessionParameters = {
    mode: isOnce ? "payment" : "subscription",
    customer: sale.customerId,
    line_items: [
      {
        price: sale.priceId,
        quantity: seats,
        ...(isAdjustable && {
          adjustable_quantity: { enabled: true, minimum: min, maximum: max },
        }),
      },
    ],
    success_url: sale.successUrl,
    cancel_url: sale.cancelUrl,
    client_reference_id: turn.planId,
    allow_promotion_codes: offer.promotionCodes,
    automatic_tax: { enabled: offer.automaticTax },
    // Stripe computes a known customer's tax only from an address that is kept with it.
    ...(offer.automaticTax && { customer_update: { address: "auto", name: "auto" } }),
    ...(isOnce
      ? { payment_intent_data: { metadata } }
      : { subscription_data: { metadata, ...trialParameters(trial) } }),
    ...(trial !== null && { payment_method_collection: trial.paymentMethodCollection }),
  };
  const saleKey = sha256Hex(JSON.stringify(parameters));
  return { ...parameters, metadata: { ...metadata, [SALE_KEY]: saleKey } };
}

function trialParameters(trial: OfferTrial | null): SessionParameters["subscription_data"] {
  return trial === null
    ? {}
    : {
        trial_period_days: trial.days,
        trial_settings: { end_behavior: { missing_payment_method: trial.missingPaymentMethod } },
      };
}

/** @throws ConvexError `too_many_objects`; StripeAnswerError; whatever the SDK throws */
export async function openSessionsOf(
  stripe: SellingApi,
  customerId: string,
): Promise<OpenSession[]> {
  const sessions: OpenSession[] = [];
  for await (const { id, url, metadata } of listed((page) =>
    stripe.checkout.sessions.list({ customer: customerId, status: "open", ...page }),
  )) {
    const saleKey = metadata?.[SALE_KEY] ?? null;
    sessions.push({ sessionId: requireText(id), url: requireText(url), saleKey });
  }
  return sessions;
}

/**
 * The one of these sessions that is for exactly this sale, else a new one. All others are expired: a page
 * that is open in another tab can be paid too.
 *
 * @throws ConvexError `payment_pending` when one of the others was paid meanwhile; whatever the SDK throws
 */
export async function sessionFor(
  stripe: SellingApi,
  sale: Sale,
  open: readonly OpenSession[],
): Promise<OpenSession> {
  const parameters = sessionParameters(sale);
  const saleKey = String(parameters.metadata?.[SALE_KEY]);
  const same = open.find((each) => each.saleKey === saleKey);
  const others = open.filter((each) => each !== same);
  for (let index = 0; index < others.length; index += EXPIRED_AT_ONCE) {
    const batch = others.slice(index, index + EXPIRED_AT_ONCE);
    await Promise.all(batch.map(({ sessionId }) => expire(stripe, sessionId)));
  }
  if (same !== undefined) {
    return same;
  }
  const { turn } = sale;
  const { id, url } = await stripe.checkout.sessions.create(parameters, {
    idempotencyKey: `tollgate:checkout:${turn.mode}:${turn.planId}:${turn.turn}:${saleKey}`,
  });
  return { sessionId: requireText(id), url: requireText(url), saleKey };
}

async function expire(stripe: SellingApi, sessionId: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(sessionId);
  } catch (error) {
    if (stripeFailure(error) !== "stripe_refused") {
      throw error;
    }
    const { status } = await stripe.checkout.sessions.retrieve(sessionId);
    if (status === "complete") {
      throw paymentPending();
    }
    if (status !== "expired") {
      throw error;
    }
  }
}

/** Something was bought, and its event is not here yet or its payment takes a while. */
export function paymentPending() {
  return refusal(
    "payment_pending",
    "A payment for this plan is under way already. Your plan changes when it has gone through.",
  );
}
