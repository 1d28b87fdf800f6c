import { expect, test } from "vitest";
import { defaultCatalog, validCatalog } from "../../src/internal/model/catalog.ts";
import { CHECKOUT_OFFERS, offer, validOffers } from "../../src/internal/model/checkoutOffer.ts";

const catalog = validCatalog({
  ...defaultCatalog,
  entries: [...defaultCatalog.entries, { planType: "enterprise", lookupKeys: ["site_licence"] }],
});
const trial = {
  days: 14,
  paymentMethodCollection: "always",
  missingPaymentMethod: "cancel",
} as const;
const one = { min: 1, max: 1, isAdjustable: false };

test("K5 what is on sale is what the catalog knows", () => {
  expect(validOffers(CHECKOUT_OFFERS)).toBe(CHECKOUT_OFFERS);
});

test.each([
  ["another plan type", [offer("enterprise", "month", "professional_monthly")], "as professional"],
  ["an unknown price", [offer("professional", "month", "pro")], "as nothing"],
  [
    "a price twice",
    [
      offer("professional", "month", "professional_monthly"),
      offer("professional", "year", "professional_monthly"),
    ],
    "two offers",
  ],
  [
    "an interval twice",
    [
      offer("professional", "month", "professional_monthly"),
      offer("professional", "month", "professional_yearly"),
    ],
    "two offers",
  ],
  [
    "no seats",
    [offer("professional", "month", "professional_monthly", { seats: { ...one, min: 2 } })],
    "seats",
  ],
  [
    "half a day of trial",
    [offer("professional", "month", "professional_monthly", { trial: { ...trial, days: 0.5 } })],
    "trial",
  ],
  ["one payment for what counts as less", [offer("enterprise", "once", "site_licence")], "counts"],
  ["seats of one payment", [offer("professional", "once", "professional_yearly")], "seats"],
  [
    "a trial of one payment",
    [offer("professional", "once", "professional_yearly", { seats: one, trial })],
    "no trial",
  ],
] as const)("K5 an offer with %s is no offer", (_name, offers, text) => {
  expect(() => validOffers(offers, catalog)).toThrow(text);
});
