import type { SubscriptionSnapshot } from "../../stripe/snapshots.ts";
import { canonicalJson } from "./canonicalJson.ts";
import { compareText } from "./compareText.ts";

/** One sighting of a subscription. */
export interface SubscriptionRecord {
  /** The event's id; for an observation, any text that no other read has. */
  eventId: string;
  /** The event's type, or {@link OBSERVED}. */
  type: string;
  /** The event's `created`; for an observation, a server time at or before the begin of the read. */
  createdSeconds: number;
  state: SubscriptionSnapshot;
  /** The snapshot before an `updated` event; `null` when the event does not tell. */
  before: SubscriptionSnapshot | null;
}

/** The `type` of a record that was not an event but a read of the subscription from Stripe's API. */
export const OBSERVED = "observed";

/**
 * How far `created` is trusted. Events of one subscription that are further apart than this are ordered
 * by it; closer ones are ordered by what changed into what.
 */
export const ORDER_WINDOW_SECONDS = 2;

/** The most records kept of one subscription. A full set reads as ambiguous: something may be missing. */
export const MAX_SUBSCRIPTION_RECORDS = 64;

/**
 * Joins two sets of records of one subscription and drops what no later record can make relevant again:
 * - everything else, once a terminal state was seen (Stripe documents that a subscription never leaves
 *   `canceled` or `incomplete_expired`);
 * - what is older than the newest record by more than {@link ORDER_WINDOW_SECONDS};
 * - what is older than the newest observation;
 * - beyond {@link MAX_SUBSCRIPTION_RECORDS}, the oldest, and within a second the greater event id.
 *
 * Commutative, associative and idempotent, so any order, repetition or grouping of the same records ends
 * in the same set; equal sets are equal documents (sorted by event id). One event that arrives in two API
 * shapes (the same id and type) stays one record: a terminal shape, or else the one with the lesser
 * canonical text, which states more.
 */
export function joinSubscriptionRecords(
  a: readonly SubscriptionRecord[],
  b: readonly SubscriptionRecord[],
): SubscriptionRecord[] {
  const byPrecedence = [...a, ...b].sort(compareRecords);
  return prune(withoutRepeats(byPrecedence)).slice(0, MAX_SUBSCRIPTION_RECORDS).sort(byEventId);
}

/**
 * The present state according to a joined set of records. Throws if the set is empty.
 *
 * The distinct states are nodes, and a record that knows its `before` is an edge from that node, if it is
 * in the set, to its own; a change that no snapshot shows is no edge. If the graph has no cycle and only
 * one node that nothing leads away from, every other node leads there, and it is the answer. Otherwise
 * the answer is `ambiguous`, which asks the caller to read the subscription from Stripe, and `state` is a
 * stand-in: the least generous state, then the one whose item periods start last, then the one with the
 * greatest event id.
 *
 * `generosity` tells what a state is worth; only its order matters. `eventId` names the first event that
 * showed the state (an observation only if no event did). A function of the set alone.
 */
export function readSubscriptionRecords(
  records: readonly SubscriptionRecord[],
  generosity: (state: SubscriptionSnapshot) => number,
): { state: SubscriptionSnapshot; ambiguous: boolean; eventId: string } {
  const nodes = nodesOf(records);
  const last = lastNode(nodes);
  const node = last ?? standIn(nodes, generosity);
  const first = node.records.reduce(earlierSighting);
  return {
    state: node.state,
    ambiguous: last === null || records.length >= MAX_SUBSCRIPTION_RECORDS,
    eventId: first.eventId,
  };
}

/**
 * The precedence of records. It must begin with what pruning looks at: then a record that is passed over,
 * for another shape of its event or for want of room, could not have outlived the one that is kept.
 */
function compareRecords(a: SubscriptionRecord, b: SubscriptionRecord): number {
  return (
    Number(isTerminal(b)) - Number(isTerminal(a)) ||
    b.createdSeconds - a.createdSeconds ||
    compareText(a.eventId, b.eventId) ||
    compareText(a.type, b.type) ||
    compareText(canonicalJson(a), canonicalJson(b))
  );
}

function isTerminal({ state }: SubscriptionRecord): boolean {
  return state.status === "canceled" || state.status === "incomplete_expired";
}

function withoutRepeats(byPrecedence: SubscriptionRecord[]): SubscriptionRecord[] {
  const seen = new Set<string>();
  return byPrecedence.filter(({ eventId, type }) => {
    const key = JSON.stringify([eventId, type]);
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}

function prune(records: SubscriptionRecord[]): SubscriptionRecord[] {
  const kept = records.some(isTerminal) ? records.filter(isTerminal) : records;
  const observations = kept.filter(isObservation);
  const oldestSeconds = Math.max(
    newestSeconds(kept) - ORDER_WINDOW_SECONDS,
    newestSeconds(observations),
  );
  return kept.filter(({ createdSeconds }) => createdSeconds >= oldestSeconds);
}

function isObservation({ type }: SubscriptionRecord): boolean {
  return type === OBSERVED;
}

function newestSeconds(records: SubscriptionRecord[]): number {
  return Math.max(...records.map(({ createdSeconds }) => createdSeconds));
}

function byEventId(a: SubscriptionRecord, b: SubscriptionRecord): number {
  return compareText(a.eventId, b.eventId) || compareText(a.type, b.type);
}

/** One distinct state, the records that show it, and the states it changed into. */
interface StateNode {
  state: SubscriptionSnapshot;
  records: SubscriptionRecord[];
  leadsTo: Set<StateNode>;
}

function nodesOf(records: readonly SubscriptionRecord[]): StateNode[] {
  const [first] = records;
  if (first !== undefined && records.length === 1) {
    // Most subscriptions. It needs no text to be told from other states.
    return [{ state: first.state, records: [first], leadsTo: new Set() }];
  }
  const nodes = new Map<string, StateNode>();
  for (const record of records) {
    const text = canonicalJson(record.state);
    const node = nodes.get(text) ?? { state: record.state, records: [], leadsTo: new Set() };
    node.records.push(record);
    nodes.set(text, node);
  }
  for (const node of nodes.values()) {
    for (const { before } of node.records) {
      const former = nodes.get(canonicalJson(before));
      if (former !== undefined && former !== node) {
        former.leadsTo.add(node);
      }
    }
  }
  return [...nodes.values()];
}

function lastNode(nodes: StateNode[]): StateNode | null {
  const [last, ...others] = nodes.filter(({ leadsTo }) => leadsTo.size === 0);
  return last === undefined || others.length > 0 || hasCycle(nodes) ? null : last;
}

function hasCycle(nodes: StateNode[]): boolean {
  let remaining = new Set(nodes);
  for (;;) {
    const leading = nodes.filter((node) => remaining.has(node) && leadsInto(node, remaining));
    if (leading.length === remaining.size) {
      return remaining.size > 0;
    }
    remaining = new Set(leading);
  }
}

function leadsInto(node: StateNode, targets: Set<StateNode>): boolean {
  return [...node.leadsTo].some((target) => targets.has(target));
}

function standIn(
  nodes: StateNode[],
  generosity: (state: SubscriptionSnapshot) => number,
): StateNode {
  return nodes.reduce((a, b) => {
    const order =
      generosity(a.state) - generosity(b.state) ||
      lastPeriodStartSeconds(b.state) - lastPeriodStartSeconds(a.state) ||
      compareText(greatestEventId(b), greatestEventId(a));
    return order <= 0 ? a : b;
  });
}

function lastPeriodStartSeconds({ items }: SubscriptionSnapshot): number {
  return Math.max(
    0,
    ...items.map(({ currentPeriodStartSeconds }) => currentPeriodStartSeconds ?? 0),
  );
}

function greatestEventId({ records }: StateNode): string {
  return records.reduce((greatest, { eventId }) => (eventId > greatest ? eventId : greatest), "");
}

function earlierSighting(a: SubscriptionRecord, b: SubscriptionRecord): SubscriptionRecord {
  const order =
    Number(isObservation(a)) - Number(isObservation(b)) ||
    a.createdSeconds - b.createdSeconds ||
    byEventId(a, b);
  return order <= 0 ? a : b;
}
