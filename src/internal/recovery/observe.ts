import { type ObservedObject, observationText } from "../../stripe/observation.ts";
import type { ThinEvent } from "../../stripe/thinEvent.ts";
import { ownAccount, stripeMode } from "../environment.ts";
import {
  RESOURCE_MISSING,
  STRIPE_API_VERSION,
  StripeAnswerError,
  type StripeApi,
  type Subscription,
  stripeFailure,
} from "./stripeApi.ts";

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
 * Reads what a thin event is about: its snapshot event or, if there is none or Stripe keeps it no longer,
 * its object as it is now.
 *
 * @throws StripeError, StripeAnswerError
 */
export async function readForThinEvent(
  api: StripeApi,
  { snapshotEventId, objectType, objectId }: ThinRead,
): Promise<SealedText> {
  const isReadable = isObservable(objectType) && objectId !== null;
  if (snapshotEventId !== null) {
    try {
      return sealEvent(api, await api.stripe.events.retrieve(snapshotEventId));
    } catch (error) {
      if (!isReadable || stripeFailure(error) !== RESOURCE_MISSING) {
        throw error;
      }
    }
  }
  if (!isReadable) {
    throw new StripeAnswerError("A thin event names nothing that can be read.");
  }
  return await observeObject(api, objectType, objectId);
}

type ThinRead = Pick<ThinEvent, "snapshotEventId" | "objectType" | "objectId">;

/** Objects whose present state says as much as an event about them, by the same reader and join. */
const OBSERVABLE = ["subscription", "checkout.session", "invoice", "charge", "customer"] as const;

type ObservableType = (typeof OBSERVABLE)[number];

export function isObservable(objectType: string | null): objectType is ObservableType {
  return (OBSERVABLE as readonly (string | null)[]).includes(objectType);
}

async function observeObject(
  api: StripeApi,
  objectType: ObservableType,
  objectId: string,
): Promise<SealedText> {
  if (objectType === "subscription") {
    return await observeSubscription(api, objectId);
  }
  const { stripe } = api;
  const retrieve: Record<typeof objectType, () => Promise<ObservedObject>> = {
    "checkout.session": () => stripe.checkout.sessions.retrieve(objectId),
    invoice: () => stripe.invoices.retrieve(objectId),
    charge: () => stripe.charges.retrieve(objectId),
    customer: () => stripe.customers.retrieve(objectId),
  };
  const object = await retrieve[objectType]();
  const readAtSeconds = api.readAtSeconds();
  return sealObservation(api, object, { id: newObservationId(), readAtSeconds });
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
 * Seals an event that was read. Whoever reads for a connected account is not told its id, which is added: the
 * ledger knows by it whose event it is.
 */
export function sealEvent(api: StripeApi, event: object): SealedText {
  return api.seal(JSON.stringify({ ...event, ...accountField() }));
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
  const envelope = {
    id,
    readAtSeconds,
    apiVersion: STRIPE_API_VERSION,
    livemode,
    ...accountField(),
  };
  return api.seal(observationText(object, envelope));
}

function accountField(): { account?: string } {
  const account = ownAccount();
  return account === "" ? {} : { account };
}

/** An id that no other observation has. */
export function newObservationId(): string {
  return `obs_${crypto.randomUUID().replaceAll("-", "")}`;
}
