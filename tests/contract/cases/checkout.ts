import { expect } from "vitest";
import { signOwnerToken } from "../../../src/internal/checkout/ownerToken.ts";
import { nowSeconds, openPlan, planType } from "../asking.ts";
import type { ContractCase } from "../ContractCase.ts";
import { LINK_SECRET } from "../OutsideWorld.ts";
import type { Place } from "../Place.ts";

export const CHECKOUT: readonly ContractCase[] = [
  {
    promises: ["K3"],
    what: "the return page says the same for every session to everybody but the owner, and grants nothing",
    run: async (place) => {
      const planId = await openPlan(place, "returned");
      const pages = ["cs_test_one", "cs_test_other"].map(async (id) => {
        const page = await place.fetch(`/checkout/return?session_id=${id}`);
        return [page.status, (await page.text()).replaceAll(id, "SESSION")];
      });
      const [one, other] = await Promise.all(pages);
      expect(one).toEqual(other);
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["K4"],
    what: "links that are forged or over, and what Stripe does not sell, are refused with a code each",
    run: async (place) => {
      const link = (secret: string, lifeSeconds: number) =>
        signOwnerToken(
          "link",
          {
            ownerId: "buyer",
            plan: "professional",
            interval: "month",
            expiresAtSeconds: nowSeconds(place) + lifeSeconds,
          },
          secret,
        );
      const forged = link("another_secret_of_the_tests_0123456789", 600);
      expect(await buy(place, forged)).toMatchObject({ status: 400, code: "link_invalid" });
      expect(await buy(place, link(LINK_SECRET, -1))).toMatchObject({
        status: 410,
        code: "link_expired",
      });
      const unsold = await buy(place, link(LINK_SECRET, 600));
      expect(unsold.status).toBeGreaterThanOrEqual(400);
      expect(unsold.code).toMatch(/^(?:price_not_found|stripe_refused)$/);
      expect(await planType(place, await openPlan(place, "buyer"))).toBe("free");
    },
  },
];

async function buy(place: Place, link: string): Promise<{ status: number; code: string }> {
  const response = await place.fetch("/checkout", {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ link }),
  });
  const { code } = (await response.json()) as { code: string };
  return { status: response.status, code };
}
