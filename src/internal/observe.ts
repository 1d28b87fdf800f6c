import { type ObservedObject, observationText } from "../stripe/observation.ts";
import { stripeMode } from "./environment.ts";
import { STRIPE_API_VERSION, type StripeApi, type Subscription } from "./stripeApi.ts";

/** Items of one subscription that are read when the subscription itself does not list them all. */
const MAX_ITEMS = 1_000;

/** Largest page that Stripe gives. */
const PAGE_SIZE = 100;

/** What was read, sealed, as a sealed mutation takes it. */
export interface SealedText {
  body: string;
  seal: string;
}

/** Reads a subscription with all of its items. @throws StripeError, StripeAnswerError */
export async function observeSubscription(
  api: StripeApi,
  subscriptionId: string,
): Promise<SealedText> {
  const subscription = await api.stripe.subscriptions.retrieve(subscriptionId);
  const readAtSeconds = api.readAtSeconds();
  const id = newObservationId();
  return sealObservation(api, await withAllItems(api, subscription), { id, readAtSeconds });
}

/**
 * The subscription with all of its items. Its own list may be cut.
 *
 * The items are read after the subscription and may be newer; a change between the two makes an event,
 * which leaves the subscription ambiguous and has it read again.
 */
export async function withAllItems(
  { stripe }: StripeApi,
  subscription: Subscription,
): Promise<Subscription> {
  if (!subscription.items.has_more) {
    return subscription;
  }
  const query = { subscription: subscription.id, limit: PAGE_SIZE };
  const data = await stripe.subscriptionItems.list(query).autoPagingToArray({ limit: MAX_ITEMS });
  const items = { ...subscription.items, data, has_more: data.length === MAX_ITEMS };
  return { ...subscription, items };
}

/**
 * @param id has no other observation, unless it is of the same object for the same purpose: then one of
 *   them counts
 * @param readAtSeconds see `StripeApi.readAtSeconds`; taken right after the read
 */
export function sealObservation(
  api: StripeApi,
  object: ObservedObject,
  { id, readAtSeconds }: { id: string; readAtSeconds: number },
): SealedText {
  const livemode = stripeMode() === "live";
  const envelope = { id, readAtSeconds, apiVersion: STRIPE_API_VERSION, livemode };
  return api.seal(observationText(object, envelope));
}

/** An id that no other observation has. */
export function newObservationId(): string {
  return `obs_${crypto.randomUUID().replaceAll("-", "")}`;
}
