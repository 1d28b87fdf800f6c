import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  charge,
  checkoutSession,
  customer,
  dispute,
  FIXTURE_SECONDS,
  invoice,
  invoiceLine,
  invoiceParent,
  type JsonObject,
  listOf,
  price,
  refund,
  stripeEvent,
  subscription,
  subscriptionCheckoutSession,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { auditOf } from "../support/ledgers.ts";
import { openTestEngine } from "../support/testEngine.ts";

const RUNS = 60;
const MAX_EVENTS = 10;

/**
 * Two customers, three subscriptions, two purchases (one by a guest), two subscription checkouts, two
 * plans. What Stripe sets once never changes; which plan an event names is any, or none.
 */
const customers = ["cus_a", "cus_b"];
const customerOf: Record<string, string> = { sub_1: "cus_a", sub_2: "cus_a", sub_3: "cus_b" };
const sessions = [
  checkoutSession({ id: "cs_1", customer: "cus_a", payment_intent: "pi_1" }),
  checkoutSession({ id: "cs_2", customer: null, payment_intent: "pi_2" }),
  subscriptionCheckoutSession({ id: "cs_3", customer: "cus_a", subscription: "sub_2" }),
  subscriptionCheckoutSession({ id: "cs_4", customer: "cus_b", subscription: "sub_3" }),
];
const plans = ["PLAN_A", "PLAN_B"];
const lookupKeys = ["professional_monthly", "enterprise_monthly", "unknown_price"];

const subscriptionEvents = fc
  .record({
    type: fc.constantFrom("created", "updated", "deleted"),
    id: fc.constantFrom("sub_1", "sub_2", "sub_3"),
    status: fc.constantFrom("active", "trialing", "past_due", "unpaid", "incomplete", "canceled"),
    lookupKey: fc.constantFrom(...lookupKeys),
    planId: fc.option(fc.constantFrom(...plans), { nil: undefined }),
    second: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ type, id, status, lookupKey, planId, second }) =>
    stripeEvent(
      `customer.subscription.${type}`,
      subscription({
        id,
        customer: customerOf[id],
        status: type === "deleted" ? "canceled" : status,
        metadata: planId === undefined ? {} : { planId },
        items: listOf([
          subscriptionItem({ price: price({ id: "price_1", lookup_key: lookupKey }) }),
        ]),
      }),
      { created: FIXTURE_SECONDS + second },
    ),
  );

const sessionEvents = fc
  .record({
    type: fc.constantFrom("completed", "async_payment_succeeded", "async_payment_failed"),
    session: fc.constantFrom(...sessions),
    paymentStatus: fc.constantFrom("paid", "unpaid", "no_payment_required"),
    reference: fc.constantFrom(...plans, null),
  })
  .map(({ type, session, paymentStatus, reference }) =>
    stripeEvent(`checkout.session.${type}`, {
      ...session,
      payment_status: paymentStatus,
      client_reference_id: reference,
    }),
  );

const otherEvents = fc.oneof(
  fc.constantFrom("sub_1", "sub_2", "sub_3").map((id) =>
    stripeEvent(
      "invoice.paid",
      invoice({
        id: `in_${id}`,
        customer: customerOf[id],
        parent: invoiceParent(id),
        lines: listOf([
          invoiceLine({ pricing: null, price: price({ lookup_key: "professional_yearly" }) }),
        ]),
      }),
    ),
  ),
  fc.tuple(fc.constantFrom("1", "2"), fc.constantFrom(900, 1_900)).map(([number, refunded]) =>
    stripeEvent(
      "charge.refunded",
      charge({
        id: `ch_${number}`,
        customer: null,
        payment_intent: `pi_${number}`,
        amount_refunded: refunded,
        refunded: refunded === 1_900,
      }),
    ),
  ),
  fc
    .tuple(
      fc.constantFrom("1", "2"),
      fc.constantFrom("pending", "succeeded", "failed"),
      fc.constantFrom(900, 1_900),
    )
    .map(([number, status, amount]) =>
      stripeEvent(
        status === "failed" ? "refund.failed" : "refund.created",
        refund({
          id: `re_${number}_${amount}`,
          charge: `ch_${number}`,
          payment_intent: `pi_${number}`,
          amount,
          status,
        }),
      ),
    ),
  fc
    .tuple(
      fc.constantFrom("1", "2"),
      fc.constantFrom("needs_response", "under_review", "won", "lost", "warning_closed"),
      fc.integer({ min: 0, max: 6 }),
    )
    .map(([number, status, second]) =>
      stripeEvent(
        "charge.dispute.updated",
        dispute({
          id: `du_${number}`,
          charge: `ch_${number}`,
          payment_intent: `pi_${number}`,
          status,
        }),
        { created: FIXTURE_SECONDS + second },
      ),
    ),
  fc.tuple(fc.constantFrom("1", "2"), fc.constantFrom(...plans)).map(([number, planId]) =>
    stripeEvent("payment_intent.succeeded", {
      id: `pi_${number}`,
      object: "payment_intent",
      customer: null,
      metadata: { planId },
    }),
  ),
  fc.constantFrom(...customers).map((id) => stripeEvent("customer.deleted", customer({ id }))),
);

const histories = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: subscriptionEvents },
      { weight: 3, arbitrary: sessionEvents },
      otherEvents,
    ),
    {
      minLength: 2,
      maxLength: MAX_EVENTS,
    },
  )
  .map((events) =>
    events.map((event, index) => ({ ...event, id: `evt_${String(index).padStart(2, "0")}` })),
  );

/** The plans and the standing of each event after a history was delivered in this order. */
async function outcome(events: readonly JsonObject[]): Promise<unknown> {
  const gateway = openTestEngine(internalFunctions);
  const planIds: string[] = [];
  for (const plan of plans) {
    planIds.push((await gateway.call("plans:open", { ownerId: plan })) as string);
  }
  const real = (event: JsonObject) =>
    JSON.parse(
      plans.reduce(
        (text, plan, index) => text.replaceAll(plan, planIds[index] ?? ""),
        JSON.stringify(event),
      ),
    ) as JsonObject;
  for (const event of events) {
    expect((await deliverTo(gateway, real(event))).status).toBe(200);
  }
  expect((await auditOf(gateway)).findings).toEqual([]);
  const paginationOpts = { numItems: 100, cursor: null };
  const { page } = (await gateway.call("events:list", { paginationOpts })) as {
    page: JsonObject[];
  };
  const standing = page.map(({ stripeEventId, status }) => `${stripeEventId} ${status}`).sort();
  const decided = await Promise.all(
    planIds.map(async (planId) => {
      const { _id, _creationTime, version, ...decision } = (await gateway.call("plans:get", {
        planId,
      })) as JsonObject;
      return decision;
    }),
  );
  return { decided, standing };
}

describe("through the routes, the functions and the engine", () => {
  test(`O1 X3 any order and repetition of a history ends in the same plans (${RUNS} histories)`, async () => {
    const rulesMet = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(
        histories.chain((events) =>
          fc.record({
            events: fc.constant(events),
            shuffled: fc.shuffledSubarray([...events, ...events.slice(0, 3)], {
              minLength: events.length + Math.min(3, events.length),
            }),
          }),
        ),
        async ({ events, shuffled }) => {
          const expected = (await outcome(events)) as { decided: JsonObject[] };
          for (const { rule } of expected.decided) {
            rulesMet.add(rule);
          }
          expect(await outcome(shuffled)).toEqual(expected);
          expect(await outcome(events.toReversed())).toEqual(expected);
        },
      ),
      { numRuns: RUNS, seed: 20_261_122 },
    );
    expect(rulesMet.size).toBeGreaterThan(8);
  }, 60_000);
});
