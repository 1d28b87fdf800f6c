import { expect } from "vitest";
import {
  customer,
  FIXTURE_SECONDS,
  invoice,
  invoiceParent,
  type JsonObject,
  stripeEvent,
} from "../../fixtures/stripe.ts";
import { deliver, ledger, openPlan, planOf, planType, professional, tell } from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

export const IN_ANY_ORDER: readonly ContractCase[] = [
  {
    promises: ["O1"],
    what: "four orders of a history, with repetitions, end in the same plan",
    run: async (place) => {
      const orders = [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 2, 3, 1],
        [1, 3, 0, 0, 2, 1],
      ];
      const decisions: unknown[] = [];
      for (const order of orders) {
        decisions.push(await decisionAfter(place, order));
      }
      expect(decisions).toEqual(orders.map(() => decisions[0]));
      expect(decisions[0]).toMatchObject({ planType: "professional" });
    },
  },
  {
    promises: ["O2"],
    what: "an event that comes again, also at the same time, changes nothing and is answered with 200",
    run: async (place) => {
      const planId = await openPlan(place, "again");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      const answers = await Promise.all([1, 2, 3].map(() => deliver(place, event)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as JsonObject[];
      expect(bodies.filter(({ isDuplicate }) => isDuplicate === false)).toHaveLength(1);
      const again = await deliver(place, event);
      expect(await again.json()).toEqual({ status: "applied", isDuplicate: true });
      const ids = (await ledger(place)).filter((id) => id === event["id"]);
      expect(ids).toHaveLength(1);
    },
  },
  {
    promises: ["O3"],
    what: "a subscription that ended, or whose customer was deleted, does not come back",
    run: async (place) => {
      const planId = await openPlan(place, "late");
      const active = professional(planId);
      const ended = { ...active, status: "canceled", ended_at: FIXTURE_SECONDS };
      await tell(place, "customer.subscription.deleted", ended);
      await tell(place, "customer.subscription.created", active);
      expect(await planType(place, planId)).toBe("free");
      const other = await openPlan(place, "gone");
      const ofGone = professional(other);
      await tell(place, "customer.deleted", customer({ id: ofGone["customer"] }));
      await tell(place, "customer.subscription.created", ofGone);
      expect(await planType(place, other)).toBe("free");
    },
  },
];

/** What is decided after the same four events about a plan of its own, delivered in this order. */
async function decisionAfter(place: Place, order: readonly number[]): Promise<JsonObject> {
  const planId = await openPlan(place, `order ${order}`);
  const object = professional(planId);
  const id = String(object["id"]);
  const later = (minutes: number) => ({ created: FIXTURE_SECONDS + 60 * minutes });
  const events = [
    stripeEvent("customer.subscription.created", { ...object, status: "incomplete" }, later(0)),
    stripeEvent("invoice.paid", invoice({ parent: invoiceParent(id, { planId }) }), later(1)),
    stripeEvent("customer.subscription.updated", { ...object, status: "past_due" }, later(2)),
    stripeEvent("customer.subscription.updated", object, later(3)),
  ];
  for (const index of order) {
    expect((await deliver(place, events[index] as JsonObject)).status).toBe(200);
  }
  const { planType: decided, rule, seats, alerts, changesAtMs } = await planOf(place, planId);
  return { planType: decided, rule, seats, alerts, changesAtMs };
}
