/** Types of observations begin with this; Stripe has no such events. */
const PREFIX = "tollgate.";

/** The type under which a Stripe object that was read from the API enters, by its `object` field. */
export function observedType(objectType: string): string {
  return `${PREFIX}${objectType}.observed`;
}

/** Whether an event of this type is an observation: made here from a read, not by Stripe. */
export function isObservation(type: string): boolean {
  return type.startsWith(PREFIX);
}

/** A Stripe object that was read from the API, as far as an observation looks at it. */
export interface ObservedObject {
  object: string;
  livemode?: boolean;
}

/**
 * The text of an observation, in the form of an event, so that what was read goes the way of what was
 * delivered: through the same ledger and the same rule.
 *
 * @param id has no other observation or event
 * @param readAtSeconds a server time at or before the begin of the read; becomes `created`
 * @param account the connected account that was read for
 * @param livemode the mode of the key, for objects that do not say (a deleted customer)
 */
export function observationText(
  object: ObservedObject,
  { id, readAtSeconds, apiVersion, livemode, account }: ObservationEnvelope,
): string {
  return JSON.stringify({
    id,
    object: "event",
    type: observedType(object.object),
    api_version: apiVersion,
    created: readAtSeconds,
    livemode: object.livemode ?? livemode,
    ...(account !== undefined && { account }),
    data: { object },
  });
}

interface ObservationEnvelope {
  id: string;
  readAtSeconds: number;
  apiVersion: string;
  livemode: boolean;
  account?: string;
}
