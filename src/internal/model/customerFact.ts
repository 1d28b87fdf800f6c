import type { CustomerSnapshot } from "../../stripe/snapshots.ts";
import { joinPlanIdClaims } from "./joinPlanIdClaims.ts";
import { joinSetOnce } from "./joinSetOnce.ts";
import { leadingFact } from "./leadingFact.ts";

/** What is known of one customer from every event that is about it or names it. */
export interface CustomerFact {
  customerId: string;
  deleted: boolean;
  /** Plans that objects of this customer named. Sorted, without repeats, bounded; see `joinPlanIdClaims`. */
  planIdClaims: string[];
  /** The event that showed `deleted`. */
  eventId: string;
}

/**
 * What one event says of a customer. An event about another object that names both a customer and plans
 * (a Checkout Session) enters as `{ id: customerId, deleted: false }` with that object's claims.
 */
export function customerFact(
  snapshot: CustomerSnapshot,
  planIdClaims: readonly string[],
  event: { id: string; type: string },
): CustomerFact {
  return {
    customerId: snapshot.id,
    // The object inside `customer.deleted` is the customer as it last was, not marked as deleted.
    deleted: snapshot.deleted || event.type === "customer.deleted",
    planIdClaims: joinPlanIdClaims(planIdClaims, []),
    eventId: event.id,
  };
}

/**
 * Joins two facts about the same customer; commutative, associative and idempotent. Stripe documents a
 * deleted customer as gone for good, so deleted is terminal.
 */
export function joinCustomerFacts(a: CustomerFact, b: CustomerFact): CustomerFact {
  const { deleted, eventId } = leadingFact(a, b, step);
  return {
    customerId: joinSetOnce(a.customerId, b.customerId),
    deleted,
    planIdClaims: joinPlanIdClaims(a.planIdClaims, b.planIdClaims),
    eventId,
  };
}

function step({ deleted }: CustomerFact): number {
  return deleted ? 1 : 0;
}
