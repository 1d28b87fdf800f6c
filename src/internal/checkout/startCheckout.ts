import { internal } from "../_generated/api.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { requireStripeSecretKey } from "../environment.ts";
import { CHECKOUT_OFFERS, type CheckoutOffer, findOffer } from "../model/checkoutOffer.ts";
import { refusal } from "../refusal.ts";
import { backAddress, ownOrigin, requireAllowedUrl } from "./allowedOrigins.ts";
import type { CheckoutTurn } from "./CheckoutTurn.ts";
import { openSessionsOf, paymentPending, sessionFor } from "./checkoutSession.ts";
import { findPrice } from "./findPrice.ts";
import { subscriptionExists } from "./holdings.ts";
import { openCustomer } from "./openCustomer.ts";
import { listed, openSellingApi, requireText, type SellingApi } from "./sellingApi.ts";
import { stripeRefusal } from "./stripeRefusal.ts";

/** What a buyer asks for. */
export interface CheckoutRequest {
  plan?: string | undefined;
  interval?: string | undefined;
  lookupKey?: string | undefined;
  seats?: number | undefined;
  /** Where Stripe sends the buyer back; by default the gateway's return page. */
  returnUrl?: string | undefined;
  /** Where the buyer comes from: Stripe and the return page lead back there. */
  cancelUrl?: string | undefined;
}

/** Where to send the buyer: to a Checkout Session, or to the portal when there is a subscription already. */
export interface CheckoutDestination {
  url: string;
  sessionId: string | null;
}

/** A second click waits this long for the first one, in steps. */
const WAIT_STEPS = 32;
const WAIT_STEP_MS = 250;

/** An `incomplete` subscription can still be paid for so long. */
const INCOMPLETE_SECONDS = 23 * 3_600;

/** A session can be paid for 24 hours; the rest is for clocks that differ. */
const SESSION_SECONDS = 25 * 3_600;

const LIVE = ["active", "trialing", "past_due", "unpaid", "paused"];

/**
 * Begins a purchase for an owner. Grants nothing: the plan changes when the verified event comes.
 *
 * Guarantees: at most one checkout of an owner is made at a time; an open session for the same is used
 * again, any other is expired; an answer within half a minute, whatever Stripe does. Not guaranteed: that an
 * owner never pays twice, as a page that is already open can be paid while its session expires; the plan's
 * alerts say when it happened.
 *
 * @throws ConvexError `stripe_key_missing`, `plan_not_offered`, `price_not_found`, `price_mismatch`,
 *   `seats_invalid`, `origin_not_allowed`, `checkout_busy`, `too_many_requests`, `too_many_objects`,
 *   `owner_id_invalid`, `subscription_exists`, `already_bought`, `payment_pending`, `stripe_unavailable`,
 *   `stripe_refused`
 */
export async function startCheckout(
  ctx: ActionCtx,
  ownerId: string,
  request: CheckoutRequest,
  offers: readonly CheckoutOffer[] = CHECKOUT_OFFERS,
): Promise<CheckoutDestination> {
  const purchase = readRequest(request, offers);
  requireStripeSecretKey();
  const turn = await takeTurn(ctx, ownerId, purchase.offer);
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

function readRequest(request: CheckoutRequest, offers: readonly CheckoutOffer[]): Purchase {
  const offer = findOffer(request, offers);
  if (offer === null) {
    throw refusal("plan_not_offered", "This plan is not on sale.");
  }
  const { min, max } = offer.seats;
  const { seats = min, returnUrl } = request;
  if (!Number.isInteger(seats) || seats < min || seats > max) {
    throw refusal("seats_invalid", `Seats are a whole number from ${min} to ${max}.`);
  }
  const cancelUrl =
    request.cancelUrl === undefined ? null : requireAllowedUrl(request.cancelUrl, "plain");
  return {
    offer,
    seats,
    successUrl:
      returnUrl === undefined ? returnPage(cancelUrl) : requireAllowedUrl(returnUrl, "session"),
    cancelUrl: cancelUrl ?? backAddress() ?? `${ownOrigin()}/checkout/return`,
  };
}

/** The gateway's own page, and where it leads back to. */
function returnPage(back: string | null): string {
  const page = `${ownOrigin()}/checkout/return?session_id={CHECKOUT_SESSION_ID}`;
  return back === null ? page : `${page}&back=${encodeURIComponent(back)}`;
}

async function takeTurn(
  ctx: ActionCtx,
  ownerId: string,
  { planType }: CheckoutOffer,
): Promise<CheckoutTurn> {
  for (let step = 0; step < WAIT_STEPS; step++) {
    const turn = await ctx.runMutation(internal.checkout.takeTurn, {
      ...{ ownerId, planType, isCounted: step === 0 },
    });
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
  const stripe = openSellingApi(turn.endsAtMs);
  const priceId = await findPrice(stripe, purchase.offer, turn.mode);
  const customerId = await openCustomer(ctx, stripe, turn);
  // What is paid after this is not open when it is expired, and what was paid before shows below.
  const open = await openSessionsOf(stripe, customerId);
  const { hasLive, hadOne } = await subscriptionsOf(stripe, customerId);
  if (hasLive) {
    const portal = await stripe.billingPortal.sessions.create({
      customer: customerId,
      return_url: purchase.cancelUrl,
    });
    return { url: requireText(portal.url), sessionId: null };
  }
  if (turn.held.hasForeignSubscription) {
    throw subscriptionExists();
  }
  await refuseUnheardPurchase(ctx, stripe, customerId);
  const isFirst = !hadOne && !turn.held.hadSubscription;
  const trial = isFirst ? purchase.offer.trial : null;
  const sale = { ...purchase, turn, priceId, customerId, trial };
  const { url, sessionId } = await sessionFor(stripe, sale, open);
  return { url, sessionId };
}

async function subscriptionsOf(
  stripe: SellingApi,
  customer: string,
): Promise<{ hasLive: boolean; hadOne: boolean }> {
  const earliestSeconds = Date.now() / 1_000 - INCOMPLETE_SECONDS;
  let hadOne = false;
  for await (const { status, created } of listed((page) =>
    stripe.subscriptions.list({ customer, status: "all", ...page }),
  )) {
    if (LIVE.includes(status) || (status === "incomplete" && created > earliestSeconds)) {
      return { hasLive: true, hadOne: true };
    }
    hadOne ||= status === "canceled";
  }
  return { hasLive: false, hadOne };
}

/** A one-time purchase leaves no subscription: until its event is here only its session tells of it. */
async function refuseUnheardPurchase(
  ctx: ActionCtx,
  stripe: SellingApi,
  customer: string,
): Promise<void> {
  const sinceSeconds = Math.floor(Date.now() / 1_000) - SESSION_SECONDS;
  const sessionIds: string[] = [];
  const created = { gte: sinceSeconds };
  for await (const { id, mode } of listed((page) =>
    stripe.checkout.sessions.list({ customer, status: "complete", created, ...page }),
  )) {
    if (mode === "payment") {
      sessionIds.push(requireText(id));
    }
  }
  if (sessionIds.length > 0 && (await ctx.runQuery(internal.checkout.hasUnheard, { sessionIds }))) {
    throw paymentPending();
  }
}
