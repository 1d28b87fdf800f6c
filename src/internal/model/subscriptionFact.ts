import { joinStandings, type PaymentStanding, standingShownBy } from "./paymentStanding.ts";
import { joinSubscriptionRecords, type SubscriptionRecord } from "./subscriptionRecords.ts";

/** What is known of one subscription from every event about it and every read of it. */
export interface SubscriptionFact {
  subscriptionId: string;
  /** Empty for a subscription that only other objects named so far. */
  records: SubscriptionRecord[];
  standing: PaymentStanding;
}

/** What one event, or one read, says of a subscription. */
export function subscriptionFact(record: SubscriptionRecord): SubscriptionFact {
  return {
    subscriptionId: record.state.id,
    records: joinSubscriptionRecords([record], []),
    standing: standingShownBy(record),
  };
}

/** Joins two facts about the same subscription; commutative, associative and idempotent. */
export function joinSubscriptionFacts(a: SubscriptionFact, b: SubscriptionFact): SubscriptionFact {
  return {
    subscriptionId: a.subscriptionId,
    records: joinSubscriptionRecords(a.records, b.records),
    standing: joinStandings(a.standing, b.standing),
  };
}
