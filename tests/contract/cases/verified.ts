import { expect } from "vitest";
import { deliveryOf, stripeEvent, subscription } from "../../fixtures/stripe.ts";
import {
  deliver,
  ledger,
  nowSeconds,
  openPlan,
  planType,
  post,
  professional,
  refusalOf,
  tell,
} from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";

const FOREIGN = { secret: "whsec_somebodyElse0123456789" };

export const VERIFIED: readonly ContractCase[] = [
  {
    promises: ["V1", "X1"],
    what: "a signed event is answered with 200 and changes the plan, which names it with its evidence",
    run: async (place) => {
      const planId = await openPlan(place, "signed");
      expect(await planType(place, planId)).toBe("free");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      const response = await deliver(place, event);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: "applied", isDuplicate: false });
      expect(await planType(place, planId)).toBe("professional");
      expect(await place.run("plans:changes", { planId })).toMatchObject([
        { stripeEventId: event["id"], bodySha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ]);
    },
  },
  {
    promises: ["V2", "V3"],
    what: "what is forged, stale, unsigned or no event is answered with 400 and leaves nothing",
    run: async (place) => {
      const before = await ledger(place);
      const body = JSON.stringify(stripeEvent("customer.subscription.created", subscription()));
      const refused = [
        deliveryOf(body, { ...FOREIGN, timestampSeconds: nowSeconds(place) }),
        deliveryOf(body, { timestampSeconds: nowSeconds(place) - 3_600 }),
        { body, signatureHeader: "" },
        deliveryOf("{}", { timestampSeconds: nowSeconds(place) }),
      ];
      for (const delivery of refused) {
        expect((await post(place, delivery)).status).toBe(400);
      }
      expect(await ledger(place)).toEqual(before);
    },
  },
  {
    promises: ["V4"],
    what: "no operator writes into the ledger what Stripe did not sign",
    run: async (place) => {
      const planId = await openPlan(place, "forged by an operator");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      const forged = deliveryOf(event, { ...FOREIGN, timestampSeconds: nowSeconds(place) });
      const before = await ledger(place);
      expect(await refusalOf(place, "events:ingest", forged)).toContain("signature_not_verified");
      expect(await refusalOf(place, "events:keepFailed", { ...forged, reason: "x" })).toContain(
        "signature_not_verified",
      );
      expect(await ledger(place)).toEqual(before);
    },
  },
  {
    promises: ["V6"],
    what: "markPlanAsProfessional works with the event that pays for the plan and with no other",
    run: async (place) => {
      const planId = await openPlan(place, "marked");
      const other = await openPlan(place, "not marked");
      const eventId = await tell(place, "customer.subscription.created", professional(planId));
      const mark = "plans:markPlanAsProfessional";
      expect(await place.run(mark, { planId, eventId })).toBeNull();
      expect(await refusalOf(place, mark, { planId: other, eventId })).toContain(
        "event_for_another_plan",
      );
      expect(await refusalOf(place, mark, { planId, eventId: "evt_none" })).toContain(
        "event_not_found",
      );
      expect(await planType(place, other)).toBe("free");
    },
  },
  {
    promises: ["V7"],
    what: "what is said to be read from Stripe is refused without the seal of a reader",
    run: async (place) => {
      const planId = await openPlan(place, "unsealed");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      const unsealed = { body: JSON.stringify(event), seal: "0".repeat(64) };
      expect(await refusalOf(place, "refetch:take", unsealed)).toContain("signature_not_verified");
      expect(await planType(place, planId)).toBe("free");
    },
  },
];
