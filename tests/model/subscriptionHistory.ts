import fc from "fast-check";
import type { SubscriptionRecord } from "../../src/internal/model/subscriptionRecords.ts";
import type { SubscriptionSnapshot } from "../../src/stripe/snapshots.ts";
import { ENTERPRISE, PROFESSIONAL, subscription } from "./examples.ts";

/** What Stripe would have told about one subscription, and what is true at its end. */
export interface SubscriptionHistory {
  /** In the order in which they happened. */
  records: SubscriptionRecord[];
  /** The true last state. */
  truth: SubscriptionSnapshot;
}

/**
 * Legal histories of one subscription: created, then up to `maxSteps` changes along the documented
 * transitions, of which about half happen within the second of the one before. Changes come in kinds that
 * test the order rule differently: status, price, renewal, a cancellation that is scheduled and withdrawn
 * (so an old state returns), and changes that no snapshot shows. Event ids say nothing about order.
 */
export function subscriptionHistories(maxSteps: number): fc.Arbitrary<SubscriptionHistory> {
  return fc
    .record({
      firstStatus: fc.constantFrom("incomplete", "trialing", "active"),
      steps: fc.array(step, { maxLength: maxSteps, size: "max" }),
      idNumbers: fc.shuffledSubarray(
        Array.from({ length: 2 * maxSteps + 1 }, (_, number) => number),
        { minLength: 2 * maxSteps + 1 },
      ),
    })
    .map(({ firstStatus, steps, idNumbers }) => history(firstStatus, steps, idNumbers));
}

interface Step {
  pauseSeconds: number;
  kind: "status" | "price" | "renewal" | "cancellation" | "unseen";
  choice: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  pauseSeconds: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3, 60, 3_600),
  kind: fc.constantFrom("status", "status", "status", "price", "renewal", "cancellation", "unseen"),
  choice: fc.nat({ max: 59 }),
});

/** Stripe documents these as the ways from one status to another. */
const NEXT_STATUSES: Record<string, readonly string[]> = {
  incomplete: ["active", "trialing", "incomplete_expired", "paused"],
  trialing: ["active", "past_due", "paused", "canceled"],
  active: ["past_due", "trialing", "unpaid", "paused", "canceled"],
  past_due: ["active", "trialing", "unpaid", "paused", "canceled"],
  unpaid: ["active", "paused", "canceled"],
  paused: ["active", "past_due", "canceled"],
};

function history(firstStatus: string, steps: Step[], idNumbers: number[]): SubscriptionHistory {
  let createdSeconds = 1_000;
  let truth = subscription({ status: firstStatus });
  const records: SubscriptionRecord[] = [];
  const tell = (name: string, before: SubscriptionSnapshot | null) => {
    const eventId = `evt_${String(idNumbers[records.length]).padStart(3, "0")}`;
    const type = `customer.subscription.${name}`;
    records.push({ eventId, type, createdSeconds, state: truth, before });
  };
  tell("created", null);
  for (const { pauseSeconds, kind, choice } of steps) {
    const next = changed(truth, kind, choice);
    if (next === null) {
      break;
    }
    const before = truth;
    truth = next;
    createdSeconds += pauseSeconds;
    if (truth.status === "canceled") {
      tell("deleted", null);
      continue;
    }
    tell("updated", before);
    if (truth.status === "paused" && before.status !== "paused") {
      tell("paused", null);
    }
  }
  return { records, truth };
}

/** The state after one step; `null` when the subscription has ended. */
function changed(
  state: SubscriptionSnapshot,
  kind: Step["kind"],
  choice: number,
): SubscriptionSnapshot | null {
  const nextStatuses = NEXT_STATUSES[state.status];
  if (nextStatuses === undefined) {
    return null;
  }
  switch (kind) {
    case "status":
      return { ...state, status: nextStatuses[choice % nextStatuses.length] ?? state.status };
    case "price": {
      const price = choice % 2 === 0 ? ENTERPRISE : PROFESSIONAL;
      return { ...state, items: state.items.map((item) => ({ ...item, ...price })) };
    }
    case "renewal":
      return { ...state, items: state.items.map(inNextPeriod) };
    case "cancellation":
      return { ...state, cancelAtPeriodEnd: !state.cancelAtPeriodEnd };
    case "unseen":
      return state;
  }
}

function inNextPeriod(item: SubscriptionSnapshot["items"][number]) {
  const startSeconds = item.currentPeriodEndSeconds ?? 0;
  return {
    ...item,
    currentPeriodStartSeconds: startSeconds,
    currentPeriodEndSeconds: startSeconds + 2_000,
  };
}
