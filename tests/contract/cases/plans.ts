import { expect } from "vitest";
import {
  charge,
  checkoutSession,
  dispute,
  FIXTURE_SECONDS,
  invoice,
  invoiceLine,
  invoiceParent,
  type JsonObject,
  listOf,
  price,
  refund,
  subscription,
  subscriptionCheckoutSession,
  subscriptionItem,
  uniqueId,
} from "../../fixtures/stripe.ts";
import {
  nowSeconds,
  openPlan,
  planOf,
  planType,
  professional,
  rowOf,
  tell,
  whenPassed,
} from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";
import type { Place } from "../Place.ts";

const WEEK_MS = 7 * 24 * 3_600 * 1_000;

export const PLANS: readonly ContractCase[] = [
  {
    promises: ["P1"],
    what: "an unpaid Checkout Session grants nothing until its delayed payment succeeds",
    run: async (place) => {
      const planId = await openPlan(place, "unpaid");
      const session = checkoutSession({ client_reference_id: planId, payment_status: "unpaid" });
      await tell(place, "checkout.session.completed", session);
      expect(await planType(place, planId)).toBe("free");
      const paid = { ...session, payment_status: "paid" };
      await tell(place, "checkout.session.async_payment_succeeded", paid);
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["P2"],
    what: "status and price decide, and the highest grant of two subscriptions wins",
    run: async (place) => {
      const planId = await openPlan(place, "two subscriptions");
      const first = professional(planId, { status: "trialing" });
      await tell(place, "customer.subscription.created", { ...first, status: "incomplete" });
      expect(await planType(place, planId)).toBe("free");
      await tell(place, "customer.subscription.updated", first, at(1));
      expect(await planType(place, planId)).toBe("professional");
      const item = subscriptionItem({ price: price({ lookup_key: "enterprise_monthly" }) });
      const second = professional(planId, { items: listOf([item]) });
      await tell(place, "customer.subscription.created", second, at(2));
      expect(await planType(place, planId)).toBe("enterprise");
      await tell(place, "customer.subscription.deleted", { ...second, status: "canceled" }, at(3));
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["P3"],
    what: "a paid invoice stands in for a subscription that is not known yet",
    run: async (place) => {
      const planId = await openPlan(place, "invoiced");
      const line = invoiceLine({
        pricing: null,
        price: price({ lookup_key: "professional_monthly" }),
      });
      const parent = invoiceParent(uniqueId("sub"), { planId });
      await tell(place, "invoice.paid", invoice({ parent, lines: listOf([line]) }));
      expect(await planOf(place, planId)).toMatchObject({
        planType: "professional",
        rule: "invoice_stands_in",
      });
    },
  },
  {
    promises: ["P4"],
    what: "a full refund ends a purchase, a partial one does not, and one that fails gives it back",
    run: async (place) => {
      const { planId, session } = await buy(place, "refunded");
      const paid = charge({ payment_intent: session["payment_intent"] });
      await tell(place, "charge.refunded", { ...paid, amount_refunded: 900 });
      expect(await planType(place, planId)).toBe("professional");
      const returned = refund({ charge: paid["id"], payment_intent: session["payment_intent"] });
      const refunded = { ...paid, amount_refunded: 1_900, refunded: true };
      await tell(place, "charge.refunded", refunded, at(1));
      await tell(place, "refund.created", returned, at(1));
      expect(await planOf(place, planId)).toMatchObject({ rule: "purchase_refunded" });
      await tell(place, "refund.failed", { ...returned, status: "failed" }, at(2));
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["P5"],
    what: "a type without a rule is recorded and answered with 200",
    run: async (place) => {
      const eventId = await tell(place, "price.updated", price());
      expect(await rowOf(place, eventId)).toMatchObject({ status: "recorded" });
    },
  },
  {
    promises: ["P6"],
    what: "what belongs to no plan yet is applied when the link arrives, and e-mail links nothing",
    run: async (place) => {
      const planId = await openPlan(place, "linked later");
      const object = professional("");
      const unlinked = { ...object, metadata: {} };
      const early = await tell(place, "customer.subscription.created", unlinked);
      expect(await rowOf(place, early)).toMatchObject({ status: "unlinked", planId: null });
      const session = subscriptionCheckoutSession({
        client_reference_id: planId,
        customer: object["customer"],
        subscription: object["id"],
      });
      await tell(place, "checkout.session.completed", session);
      expect(await rowOf(place, early)).toMatchObject({ status: "applied", planId });
      const other = await openPlan(place, "buyer@example.org");
      await tell(place, "checkout.session.completed", checkoutSession());
      expect(await planType(place, other)).toBe("free");
    },
  },
  {
    promises: ["P7"],
    what: "one plan per owner: opening it again, also at the same time, gives the same one",
    run: async (place) => {
      const opened = await Promise.all([1, 2, 3].map(() => openPlan(place, "the same")));
      expect(new Set(opened).size).toBe(1);
    },
  },
  {
    promises: ["P8", "E8"],
    what: "a scheduled end passes without an event, by a scheduled function",
    run: async (place) => {
      const planId = await openPlan(place, "ending");
      const endsSoon = professional(planId, { cancel_at: nowSeconds(place) + 3_600 });
      await tell(place, "customer.subscription.created", endsSoon);
      expect(await planType(place, planId)).toBe("professional");
      await whenPassed(place, 3_700_000, async () => {
        expect(await place.run("plans:changes", { planId })).toHaveLength(2);
      });
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["P9"],
    what: "more seats are a change of the plan, with its event",
    run: async (place) => {
      const planId = await openPlan(place, "a team");
      const object = subscription({ metadata: { planId } });
      for (const [minute, quantity] of [4, 6].entries()) {
        const item = subscriptionItem({
          price: price({ lookup_key: "professional_monthly" }),
          quantity,
        });
        const items = listOf([item]);
        await tell(place, "customer.subscription.updated", { ...object, items }, at(minute));
      }
      expect(await place.run("plans:changes", { planId })).toMatchObject([
        { fromSeats: 4, toSeats: 6 },
        { fromSeats: null, toSeats: 4 },
      ]);
    },
  },
  {
    promises: ["P10"],
    what: "collection that is paused decides by its behavior",
    run: async (place) => {
      const planId = await openPlan(place, "paused");
      const object = professional(planId);
      const paused = (behavior: string) => ({
        ...object,
        pause_collection: { behavior, resumes_at: null },
      });
      await tell(place, "customer.subscription.updated", paused("void"), at(0));
      expect(await planType(place, planId)).toBe("free");
      await tell(place, "customer.subscription.updated", paused("keep_as_draft"), at(1));
      expect(await planType(place, planId)).toBe("professional");
    },
  },
  {
    promises: ["P11"],
    what: "a dispute suspends a purchase, a win restores it, and a loss revokes it",
    run: async (place) => {
      const { planId, session } = await buy(place, "disputed");
      const object = dispute({ payment_intent: session["payment_intent"] });
      const steps = [
        ["created", "needs_response", "free"],
        ["closed", "won", "professional"],
      ] as const;
      for (const [minute, [type, status, expected]] of steps.entries()) {
        await tell(place, `charge.dispute.${type}`, { ...object, status }, at(minute));
        expect(await planType(place, planId)).toBe(expected);
      }
      const lost = dispute({ payment_intent: session["payment_intent"], status: "lost" });
      await tell(place, "charge.dispute.closed", lost, at(3));
      expect(await planOf(place, planId)).toMatchObject({ rule: "purchase_dispute_lost" });
    },
  },
  {
    promises: ["P8"],
    what: "the grace of a payment that failed runs out without an event",
    run: async (place) => {
      const planId = await openPlan(place, "in dunning");
      const created = nowSeconds(place);
      const item = subscriptionItem({
        price: price({ lookup_key: "professional_monthly" }),
        current_period_start: created,
        current_period_end: created + 60 * 24 * 3_600,
      });
      const object = professional(planId, { status: "past_due", items: listOf([item]) });
      await tell(place, "customer.subscription.updated", object, { created });
      const { planType: decided, changesAtMs } = await planOf(place, planId);
      expect({ decided, changesAtMs }).toEqual({
        decided: "professional",
        changesAtMs: created * 1_000 + WEEK_MS,
      });
      await whenPassed(place, WEEK_MS + 60_000, async () => {
        expect(await place.run("plans:changes", { planId })).toMatchObject([
          { to: "free", rule: "subscription_past_due_grace_over" },
          { to: "professional" },
        ]);
      });
    },
  },
];

/** Times of events, in minutes: each is of a second of its own. */
function at(minutes: number): JsonObject {
  return { created: FIXTURE_SECONDS + 60 * minutes };
}

/** A one-time purchase that is paid. */
async function buy(
  place: Place,
  ownerId: string,
): Promise<{ planId: string; session: JsonObject }> {
  const planId = await openPlan(place, ownerId);
  const session = checkoutSession({ client_reference_id: planId });
  await tell(place, "checkout.session.completed", session);
  expect(await planType(place, planId)).toBe("professional");
  return { planId, session };
}
