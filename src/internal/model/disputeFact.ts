import {
  DISPUTE_STATUSES,
  type DisputeSnapshot,
  type DisputeStatus,
} from "../../stripe/snapshots.ts";
import { compareText } from "./compareText.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { ORDER_WINDOW_SECONDS } from "./subscriptionRecords.ts";

/** What is known of one dispute from every event about it. */
export interface DisputeFact {
  disputeId: string;
  chargeId: string | null;
  paymentIntentId: string | null;
  /** The last sighting of each status, in the order of {@link DISPUTE_STATUSES}. */
  sightings: DisputeSighting[];
}

export interface DisputeSighting {
  status: DisputeStatus;
  createdSeconds: number;
  eventId: string;
}

/** What one event says of a dispute. */
export function disputeFact(
  { id, chargeId, paymentIntentId, status }: DisputeSnapshot,
  event: { id: string; createdSeconds: number },
): DisputeFact {
  const { id: eventId, createdSeconds } = event;
  return {
    disputeId: id,
    chargeId,
    paymentIntentId,
    sightings: [{ status, createdSeconds, eventId }],
  };
}

/** Joins two facts about the same dispute; commutative, associative and idempotent. */
export function joinDisputeFacts(a: DisputeFact, b: DisputeFact): DisputeFact {
  const sightings = [...a.sightings, ...b.sightings];
  return {
    disputeId: joinSetOnce(a.disputeId, b.disputeId),
    chargeId: joinSetOnce(a.chargeId, b.chargeId),
    paymentIntentId: joinSetOnce(a.paymentIntentId, b.paymentIntentId),
    sightings: DISPUTE_STATUSES.flatMap((status) => {
      const [last] = sightings.filter((each) => each.status === status).sort(laterFirst);
      return last === undefined ? [] : [last];
    }),
  };
}

/**
 * How a dispute stands: the last status by the events' times and, among those that are too close to be
 * told apart by time, the furthest on the way of a dispute. A lost dispute can be appealed, which takes
 * people days, so the two are never that close.
 */
export function disputeStanding({ sightings }: DisputeFact): DisputeSighting {
  const lastSeconds = Math.max(...sightings.map(({ createdSeconds }) => createdSeconds));
  const last = sightings.findLast(
    ({ createdSeconds }) => createdSeconds >= lastSeconds - ORDER_WINDOW_SECONDS,
  );
  if (last === undefined) {
    throw new TypeError("A dispute has at least one sighting.");
  }
  return last;
}

function laterFirst(a: DisputeSighting, b: DisputeSighting): number {
  return b.createdSeconds - a.createdSeconds || compareText(a.eventId, b.eventId);
}
