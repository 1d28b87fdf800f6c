import { sha256Hex } from "#digests";
import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { requireStripeSecretKey } from "../environment.ts";
import { CHECKOUT_SETTINGS, type CheckoutOffer, findOffer } from "../model/checkoutOffer.ts";
import { openStripeApi, type StripeApi } from "../recovery/stripeApi.ts";
import { refusal } from "../refusal.ts";
import { ownOrigin, requireAllowedUrl } from "./allowedOrigins.ts";
import type { CheckoutTurn } from "./CheckoutTurn.ts";
import { openCustomer } from "./openCustomer.ts";
import { stripeRefusal } from "./stripeRefusal.ts";

/** What a buyer asks for. */
export interface CheckoutRequest {
  plan?: string | undefined;
  interval?: string | undefined;
  lookupKey?: string | undefined;
  seats?: number | undefined;
  /** Where Stripe sends the buyer back; by default the gateway's return page. */
  returnUrl?: string | undefined;
  cancelUrl?: string | undefined;
}

/** Where to send the buyer: to a Checkout Session, or to the portal when there is a subscription already. */
export interface CheckoutDestination {
  url: string;
  sessionId: string | null;
}

/** A second click waits this long for the first one, in steps. */
const WAIT_STEPS = 40;
const WAIT_STEP_MS = 250;

/** Time that must be left of a turn to make a session: the longest request with its repetitions. */
const LONGEST_REQUEST_MS = 35_000;

/** An `incomplete` subscription can still be paid for so long. */
const INCOMPLETE_SECONDS = 23 * 3_600;

const LIVE = ["active", "trialing", "past_due", "unpaid", "paused"];

/**
 * Begins a purchase for an owner. Grants nothing: the plan changes when the verified event comes.
 *
 * Guarantees: at most one checkout of an owner is made at a time; an open session for the same is used
 * again, any other is expired. Not guaranteed: that an owner never pays twice, as a page that is already
 * open can be paid while its session expires; the plan's alerts say when it happened.
 *
 * @throws ConvexError `stripe_key_missing`, `plan_not_offered`, `price_not_found`, `seats_invalid`,
 *   `origin_not_allowed`, `checkout_busy`, `owner_id_invalid`, `stripe_unavailable`, `stripe_refused`
 */
export async function startCheckout(
  ctx: ActionCtx,
  ownerId: string,
  request: CheckoutRequest,
): Promise<CheckoutDestination> {
  const purchase = readRequest(request);
  requireStripeSecretKey();
  const turn = await takeTurn(ctx, ownerId);
  let sessionId: string | null = null;
  try {
    const destination = await destinationFor(ctx, turn, purchase);
    sessionId = destination.sessionId;
    return destination;
  } catch (error) {
    throw stripeRefusal(error);
  } finally {
    await ctx.runMutation(internal.checkout.endTurn, { ownerId, turn: turn.turn, sessionId });
  }
}

interface Purchase {
  offer: CheckoutOffer;
  seats: number;
  successUrl: string;
  cancelUrl: string;
}

function readRequest(request: CheckoutRequest): Purchase {
  const offer = findOffer(request);
  if (offer === null) {
    throw refusal("plan_not_offered", "This plan is not on sale.");
  }
  const { seats = 1, returnUrl, cancelUrl } = request;
  if (!Number.isInteger(seats) || seats < 1 || seats > offer.maxSeats) {
    throw refusal("seats_invalid", `Seats are a whole number from 1 to ${offer.maxSeats}.`);
  }
  const returnPage = `${ownOrigin()}/checkout/return`;
  return {
    offer,
    seats,
    // Stripe puts the session's id in the place of these braces, which must not be encoded.
    successUrl:
      returnUrl === undefined
        ? `${returnPage}?session_id={CHECKOUT_SESSION_ID}`
        : requireAllowedUrl(returnUrl),
    cancelUrl: cancelUrl === undefined ? returnPage : requireAllowedUrl(cancelUrl),
  };
}

async function takeTurn(ctx: ActionCtx, ownerId: string): Promise<CheckoutTurn> {
  for (let step = 0; step < WAIT_STEPS; step++) {
    const turn = await ctx.runMutation(internal.checkout.takeTurn, { ownerId });
    if (turn !== null) {
      return turn;
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
  }
  throw refusal("checkout_busy", "A checkout is being made already. Try again in a minute.");
}

async function destinationFor(
  ctx: ActionCtx,
  turn: CheckoutTurn,
  purchase: Purchase,
): Promise<CheckoutDestination> {
  const { stripe } = openStripeApi();
  const customerId = await openCustomer(ctx, stripe, turn);
  if (await hasLiveSubscription(stripe, customerId)) {
    const portal = await stripe.billingPortal.sessions.create({
      customer: customerId,
      return_url: purchase.cancelUrl,
    });
    return { url: portal.url, sessionId: null };
  }
  const found = await stripe.prices.list({
    lookup_keys: [purchase.offer.lookupKey],
    active: true,
    limit: 1,
  });
  const price = found.data[0];
  if (price === undefined) {
    throw refusal("price_not_found", "Stripe has no active price for this plan.");
  }
  const sold = {
    ...purchase,
    customerId,
    priceId: price.id,
    isRecurring: price.recurring !== null,
  };
  return (await openSession(stripe, turn, sold)) ?? (await createSession(stripe, turn, sold));
}

async function hasLiveSubscription(
  stripe: StripeApi["stripe"],
  customerId: string,
): Promise<boolean> {
  const earliestSeconds = Date.now() / 1_000 - INCOMPLETE_SECONDS;
  const { data } = await stripe.subscriptions.list({ customer: customerId, limit: 100 });
  return data.some(
    ({ status, created }) =>
      LIVE.includes(status) || (status === "incomplete" && created > earliestSeconds),
  );
}

interface Sold extends Purchase {
  customerId: string;
  priceId: string;
  isRecurring: boolean;
}

/** The customer's open session for exactly this; every other one is expired. */
async function openSession(
  stripe: StripeApi["stripe"],
  turn: CheckoutTurn,
  sold: Sold,
): Promise<CheckoutDestination | null> {
  const wanted = JSON.stringify(sessionMetadata(turn, sold));
  let same: CheckoutDestination | null = null;
  const { data } = await stripe.checkout.sessions.list({
    customer: sold.customerId,
    status: "open",
    limit: 100,
  });
  for (const session of data) {
    const { planId, priceId, seats } = session.metadata ?? {};
    const isSame =
      JSON.stringify({ planId, priceId, seats }) === wanted &&
      session.success_url === sold.successUrl &&
      session.cancel_url === sold.cancelUrl;
    if (isSame && same === null && session.url !== null) {
      same = { url: session.url, sessionId: session.id };
    } else {
      await stripe.checkout.sessions.expire(session.id);
    }
  }
  return same;
}

async function createSession(
  stripe: StripeApi["stripe"],
  turn: CheckoutTurn,
  sold: Sold,
): Promise<CheckoutDestination> {
  if (Date.now() > turn.heldUntilMs - LONGEST_REQUEST_MS) {
    throw refusal(
      "stripe_unavailable",
      "Stripe answers too slowly. Nothing was bought; try again.",
    );
  }
  const { offer, isRecurring } = sold;
  const metadata = { planId: turn.planId };
  const { automaticTax } = CHECKOUT_SETTINGS;
  const session = await stripe.checkout.sessions.create(
    {
      mode: isRecurring ? "subscription" : "payment",
      customer: sold.customerId,
      line_items: [{ price: sold.priceId, quantity: sold.seats }],
      success_url: sold.successUrl,
      cancel_url: sold.cancelUrl,
      client_reference_id: turn.planId,
      metadata: sessionMetadata(turn, sold),
      allow_promotion_codes: CHECKOUT_SETTINGS.promotionCodes,
      automatic_tax: { enabled: automaticTax },
      ...(automaticTax && { customer_update: { address: "auto", name: "auto" } as const }),
      ...(isRecurring
        ? {
            subscription_data: {
              metadata,
              ...(offer.trialDays !== null && { trial_period_days: offer.trialDays }),
            },
          }
        : { payment_intent_data: { metadata } }),
    },
    {
      idempotencyKey: `tollgate:checkout:${turn.mode}:${sha256Hex(turn.ownerId)}:${sold.priceId}:${turn.turn}`,
    },
  );
  if (session.url === null) {
    throw refusal("stripe_refused", "Stripe made no page for this checkout.");
  }
  return { url: session.url, sessionId: session.id };
}

function sessionMetadata({ planId }: CheckoutTurn, { priceId, seats }: Sold) {
  return { planId: planId as string, priceId, seats: String(seats) };
}
