import { describe, expect, test } from "vitest";
import { defaultCatalog } from "../../src/internal/model/catalog.ts";
import { derivePlan } from "../../src/internal/model/derivePlan.ts";
import {
  charge,
  customer,
  ENTERPRISE,
  facts,
  PROFESSIONAL,
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
    const decision = derivePlan(facts({ sessions: [session()] }), catalog);
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
