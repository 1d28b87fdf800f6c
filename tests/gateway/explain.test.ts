import { describe, expect, test } from "vitest";
import type { PlanExplanation } from "../../src/internal/plan/explainPlan.ts";
import { SigningSecret } from "../../src/stripe/SigningSecret.ts";
import {
  checkoutSession,
  FIXTURE_SECONDS,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { openTestEngine, type TestEngine } from "../support/testEngine.ts";

/** A plan that a Checkout Session paid for, and the event. */
async function paidPlan(gateway: TestEngine): Promise<{ planId: string; eventId: string }> {
  const planId = (await gateway.call("plans:open", { ownerId: "ann" })) as string;
  const event = stripeEvent(
    "checkout.session.completed",
    checkoutSession({
      id: "cs_1",
      customer: "cus_1",
      payment_intent: "pi_1",
      client_reference_id: planId,
    }),
    { created: FIXTURE_SECONDS },
  );
  await deliverTo(gateway, event);
  return { planId, eventId: event["id"] as string };
}

async function explain(gateway: TestEngine, of: string): Promise<PlanExplanation> {
  return (await gateway.call("plans:explain", { of })) as PlanExplanation;
}

describe("X2 plans:explain", () => {
  test("names the rule, the verified event with its evidence, and the change, in one query", async () => {
    const gateway = openTestEngine(internalFunctions);
    const { planId, eventId } = await paidPlan(gateway);
    const { summary, plan, restsOn, lastChange, changes, wouldChange } = await explain(
      gateway,
      planId,
    );
    expect(plan).toMatchObject({ _id: planId, planType: "professional" });
    expect(restsOn).toMatchObject({
      stripeEventId: eventId,
      type: "checkout.session.completed",
      createdSeconds: FIXTURE_SECONDS,
      secretFingerprint: new SigningSecret(TEST_SIGNING_SECRET).fingerprint,
      bodySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      isBodyKept: true,
    });
    expect(lastChange?.event).toEqual(restsOn);
    expect(changes).toHaveLength(1);
    expect(summary).toContain(
      "This plan is professional: A one-time purchase for this plan is paid",
    );
    expect(summary).toContain(`That rests on ${eventId} (checkout.session.completed) about cs_1`);
    expect(summary).toContain("It last changed from free to professional at ");
    expect(wouldChange[0]).toBe("A later verified event about cs_1.");
    expect(JSON.stringify([summary, restsOn, changes])).not.toContain("buyer@example.org");
  });

  test("answers by every id that has to do with the plan", async () => {
    const gateway = openTestEngine(internalFunctions);
    const { planId, eventId } = await paidPlan(gateway);
    const second = subscription({ id: "sub_1", customer: "cus_1" });
    await deliverTo(gateway, stripeEvent("customer.subscription.created", second));
    for (const of of [planId, "ann", eventId, "cs_1", "pi_1", "cus_1", "sub_1"]) {
      expect((await explain(gateway, of)).plan._id, of).toBe(planId);
    }
  });

  test("says when time alone would change the plan", async () => {
    const gateway = openTestEngine(internalFunctions);
    const planId = await gateway.call("plans:open", { ownerId: "ann" });
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const item = subscriptionItem({
      price: price({ lookup_key: "professional_monthly" }),
      current_period_end: nowSeconds + 1_000,
    });
    const object = subscription({ metadata: { planId }, items: listOf([item]) });
    await deliverTo(gateway, stripeEvent("customer.subscription.created", object));
    const { wouldChange, plan } = await explain(gateway, "ann");
    const at = new Date((nowSeconds + 1_000) * 1_000).toISOString().replace(".000Z", "Z");
    expect(plan.changesAtMs).toBe((nowSeconds + 1_000) * 1_000);
    expect(wouldChange).toContain(`Time, at ${at}, if nothing else is heard.`);
  });

  test("says that a plan was never paid for", async () => {
    const gateway = openTestEngine(internalFunctions);
    await gateway.call("plans:open", { ownerId: "bob" });
    const { summary, restsOn, lastChange } = await explain(gateway, "bob");
    expect({ restsOn, lastChange }).toEqual({ restsOn: null, lastChange: null });
    expect(summary).toBe(
      "This plan is free: No payment for this plan is known. " +
        "No verified event speaks of a payment for it. It has never changed.",
    );
  });

  test("refuses what is unknown with a stable code", async () => {
    const gateway = openTestEngine(internalFunctions);
    for (const of of ["nobody", "evt_none", "cus_none", ""]) {
      await expect(explain(gateway, of)).rejects.toMatchObject({
        data: { code: "plan_not_found" },
      });
    }
  });
});

test("X1 each change carries the evidence of the event that caused it", async () => {
  const gateway = openTestEngine(internalFunctions);
  const { planId, eventId } = await paidPlan(gateway);
  const { restsOn, changes } = await explain(gateway, planId);
  const { signatureTimestampSeconds, secretFingerprint, bodySha256 } = restsOn ?? {};
  expect(changes).toEqual([
    expect.objectContaining({
      from: "free",
      to: "professional",
      rule: "purchase_paid_price_unknown",
      stripeEventId: eventId,
      signatureTimestampSeconds,
      secretFingerprint,
      bodySha256,
      changedAtMs: expect.any(Number),
    }),
  ]);
});

test("P9 X1 more seats are a change of the plan, with the event that brought them", async () => {
  const gateway = openTestEngine(internalFunctions);
  const planId = (await gateway.call("plans:open", { ownerId: "a team" })) as string;
  const bought = subscription({ metadata: { planId } });
  const withSeats = (quantity: number) => ({
    ...bought,
    items: listOf([
      subscriptionItem({ price: price({ lookup_key: "professional_monthly" }), quantity }),
    ]),
  });
  for (const [at, quantity] of [4, 6].entries()) {
    const event = stripeEvent("customer.subscription.updated", withSeats(quantity), {
      id: `evt_seats_${quantity}`,
      created: FIXTURE_SECONDS + 60 * at,
    });
    expect((await deliverTo(gateway, event)).status).toBe(200);
  }
  const { summary, changes } = await explain(gateway, planId);
  expect(changes).toMatchObject([
    { version: 2, fromSeats: 4, toSeats: 6, stripeEventId: "evt_seats_6" },
    { version: 1, from: "free", fromSeats: null, toSeats: 4, stripeEventId: "evt_seats_4" },
  ]);
  expect(summary).toContain("professional with 6 seats");
  expect(summary).toContain("from professional with 4 seats to professional with 6 seats");
});
