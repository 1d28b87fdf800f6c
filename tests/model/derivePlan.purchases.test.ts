import { describe, expect, test } from "vitest";
import { defaultCatalog } from "../../src/internal/model/catalog.ts";
import { derivePlan } from "../../src/internal/model/derivePlan.ts";
import { defaultPolicy } from "../../src/internal/model/policy.ts";
import {
  charge,
  customer,
  dispute,
  ENTERPRISE,
  facts,
  NOW_SECONDS,
  PROFESSIONAL,
  refund,
  session,
  UNRECOGNISED,
} from "./examples.ts";
import { expectPlan } from "./expectPlan.ts";

describe("P1 P4 a one-time purchase", () => {
  test.each([
    ["paid", "professional", "purchase_paid"],
    ["no_payment_required", "professional", "purchase_paid"],
    ["unpaid", "free", "checkout_unpaid"],
    ["failed", "free", "checkout_payment_failed"],
  ] as const)("whose payment is %s makes the plan %s by rule %s", (payment, planType, rule) => {
    expectPlan(facts({ sessions: [session({ payment, prices: [PROFESSIONAL] })] }), {
      planType,
      rule,
      source: { eventId: "evt_session", objectId: "cs_1" },
    });
  });

  test.each([
    ["open", "checkout_open"],
    ["expired", "checkout_expired"],
  ] as const)("whose session is %s grants nothing, whatever its payment says", (status, rule) => {
    expectPlan(facts({ sessions: [session({ status })] }), { planType: "free", rule });
  });

  test("grants the type of its prices where they are known", () => {
    const sessions = [session({ prices: [UNRECOGNISED, ENTERPRISE] })];
    expectPlan(facts({ sessions }), { planType: "enterprise", rule: "purchase_paid" });
  });

  test("of something that the catalog does not know grants nothing", () => {
    expectPlan(facts({ sessions: [session({ prices: [UNRECOGNISED] })] }), {
      planType: "free",
      rule: "checkout_price_unrecognised",
    });
  });

  test("with prices unknown counts as the catalog's type for such purchases", () => {
    expectPlan(facts({ sessions: [session()] }), {
      planType: "professional",
      rule: "purchase_paid_price_unknown",
    });
  });

  test("with prices unknown grants nothing if the owner set that type to free", () => {
    const catalog = { ...defaultCatalog, purchaseWithPriceUnknown: "free" } as const;
    const known = facts({ sessions: [session()] });
    const decision = derivePlan(known, catalog, defaultPolicy, NOW_SECONDS);
    expect(decision).toMatchObject({ planType: "free", rule: "checkout_price_unknown" });
  });

  test("with prices unknown grants nothing if nobody linked the session to a plan", () => {
    expectPlan(facts({ sessions: [session({ planIdClaims: [] })] }), {
      planType: "free",
      rule: "checkout_price_unknown",
    });
  });

  test("is revoked by a full refund, and the refund is the source", () => {
    const refunded = charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true });
    expectPlan(facts({ sessions: [session()], charges: [refunded] }), {
      planType: "free",
      rule: "purchase_refunded",
      source: { eventId: "evt_charge", objectId: "ch_1" },
    });
  });

  test("is kept after a partial refund", () => {
    const partlyRefunded = charge({ amountRefundedMinorUnits: 1_999 });
    expectPlan(facts({ sessions: [session()], charges: [partlyRefunded] }), {
      planType: "professional",
      rule: "purchase_partially_refunded",
      source: { eventId: "evt_session", objectId: "cs_1" },
    });
  });

  test("is revoked by a full refund even if another charge of the payment was refunded in part", () => {
    const charges = [
      charge({ chargeId: "ch_1", amountRefundedMinorUnits: 500 }),
      charge({ chargeId: "ch_2", amountRefundedMinorUnits: 2_000, refundedInFull: true }),
    ];
    expectPlan(facts({ sessions: [session()], charges }), {
      planType: "free",
      rule: "purchase_refunded",
      source: { eventId: "evt_charge", objectId: "ch_2" },
    });
  });

  test("is not revoked by the refund of another payment", () => {
    const amountRefundedMinorUnits = 2_000;
    const charges = [
      charge({ amountRefundedMinorUnits, paymentIntentId: "pi_2" }),
      charge({ amountRefundedMinorUnits, paymentIntentId: null, chargeId: "ch_2" }),
    ];
    expectPlan(facts({ sessions: [session()], charges }), { planType: "professional" });
    const free = session({ paymentIntentId: null, payment: "no_payment_required" });
    expectPlan(facts({ sessions: [free], charges }), { planType: "professional" });
  });

  test("outlives a declined first attempt on the same payment intent", () => {
    const declined = charge({ chargeId: "ch_0" });
    expectPlan(facts({ sessions: [session()], charges: [declined, charge()] }), {
      planType: "professional",
      rule: "purchase_paid_price_unknown",
    });
  });

  test("outlives its customer", () => {
    const customers = [customer({ deleted: true })];
    expectPlan(facts({ sessions: [session()], customers }), { planType: "professional" });
  });

  test("a session that only saves a payment method says nothing", () => {
    const setup = session({ mode: "setup", payment: "no_payment_required" });
    expectPlan(facts({ sessions: [setup] }), { planType: "free", rule: "no_payment" });
  });
});

describe("P4 a refund of a one-time purchase", () => {
  const partly = charge({ amountRefundedMinorUnits: 1_000 });

  test("that failed gives the purchase back, whatever its charge showed before", () => {
    const charges = [charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true })];
    const refunds = [refund({ status: "failed" })];
    expectPlan(facts({ sessions: [session()], charges, refunds }), {
      planType: "professional",
      rule: "purchase_refund_failed",
      source: { eventId: "evt_refund", objectId: "re_1" },
      alerts: [{ code: "refund_failed", objectIds: ["re_1"] }],
    });
  });

  test("that failed and was made again still revokes", () => {
    const charges = [charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true })];
    const refunds = [refund({ status: "failed" }), refund({ refundId: "re_2" })];
    expectPlan(facts({ sessions: [session()], charges, refunds }), {
      planType: "free",
      rule: "purchase_refunded",
    });
  });

  test("that failed takes nothing back from refunds that only the charge tells of", () => {
    const charges = [charge({ amountRefundedMinorUnits: 2_000, refundedInFull: true })];
    const refunds = [refund({ status: "failed", amountMinorUnits: 500 })];
    expectPlan(facts({ sessions: [session()], charges, refunds }), {
      planType: "professional",
      rule: "purchase_partially_refunded",
    });
  });

  test("is known from the refund alone, by the total of the session", () => {
    expectPlan(facts({ sessions: [session()], refunds: [refund()] }), {
      planType: "free",
      rule: "purchase_refunded",
      source: { eventId: "evt_refund", objectId: "re_1" },
    });
    const refunds = [refund({ amountMinorUnits: 999 }), refund({ refundId: "re_2" })];
    expectPlan(facts({ sessions: [session()], refunds: refunds.slice(0, 1) }), {
      rule: "purchase_partially_refunded",
    });
    expectPlan(facts({ sessions: [session()], refunds }), { rule: "purchase_refunded" });
  });

  test.each([
    [0.5, "free", "purchase_refunded"],
    [0.51, "professional", "purchase_partially_refunded"],
  ] as const)(
    "of half, with a policy from share %d, leaves the plan %s",
    (fromShare, planType, rule) => {
      const known = facts({ sessions: [session()], charges: [partly] });
      expectPlan(known, { planType, rule }, NOW_SECONDS, { purchase_refunded: { fromShare } });
    },
  );
});

describe("P11 a dispute of a one-time purchase", () => {
  test.each([
    [["needs_response"], "free", "purchase_disputed"],
    [["needs_response", "under_review"], "free", "purchase_disputed"],
    [["needs_response", "under_review", "won"], "professional", "purchase_dispute_over"],
    [["needs_response", "lost"], "free", "purchase_dispute_lost"],
    [["needs_response", "lost", "appeal_under_review"], "free", "purchase_disputed"],
    [["lost", "appeal_under_review", "won"], "professional", "purchase_dispute_over"],
    [["warning_needs_response"], "professional", "purchase_dispute_inquiry"],
    [["warning_under_review"], "professional", "purchase_dispute_inquiry"],
    [["warning_under_review", "warning_closed"], "professional", "purchase_dispute_over"],
    [["warning_under_review", "needs_response"], "free", "purchase_disputed"],
    [["prevented"], "professional", "purchase_dispute_over"],
    [["unknown"], "free", "purchase_disputed"],
  ] as const)("that was %j makes the plan %s by rule %s", (statuses, planType, rule) => {
    const disputes = [dispute(...statuses)];
    expectPlan(facts({ sessions: [session()], disputes }), { planType, rule });
  });

  test("is an alert while the bank decides", () => {
    const sessions = [session()];
    expectPlan(facts({ sessions, disputes: [dispute("under_review")] }), {
      alerts: [{ code: "dispute_open", objectIds: ["du_1"] }],
    });
    expectPlan(facts({ sessions, disputes: [dispute("under_review", "won")] }), { alerts: [] });
    expectPlan(facts({ sessions, disputes: [dispute("unknown")] }), {
      alerts: [{ code: "dispute_status_unknown", objectIds: ["du_1"] }],
    });
  });

  test("that is won does not undo a refund", () => {
    const known = { sessions: [session()], refunds: [refund()], disputes: [dispute("won")] };
    expectPlan(facts(known), { planType: "free", rule: "purchase_refunded" });
  });

  test("of another payment changes nothing", () => {
    const other = { ...dispute("lost"), paymentIntentId: "pi_2" };
    expectPlan(facts({ sessions: [session()], disputes: [other] }), { planType: "professional" });
  });
});
