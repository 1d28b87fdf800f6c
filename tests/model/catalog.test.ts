import { describe, expect, test } from "vitest";
import {
  type Catalog,
  CatalogError,
  PLAN_TYPES,
  planTypeRank,
  recogniseBestPrice,
  recognisePrice,
  validCatalog,
} from "../../src/internal/model/catalog.ts";
import { ENTERPRISE, PROFESSIONAL, UNRECOGNISED } from "./examples.ts";

const NOTHING = { priceId: null, lookupKey: null, productId: null };

const catalog: Catalog = validCatalog({
  entries: [
    { planType: "professional", priceIds: ["price_1"], productIds: ["prod_1"] },
    { planType: "enterprise", lookupKeys: ["team"], priceIds: ["price_2"] },
  ],
  purchaseWithPriceUnknown: "professional",
});

test("plan types are ranked free, professional, enterprise", () => {
  expect(PLAN_TYPES.map(planTypeRank)).toEqual([0, 1, 2]);
  expect(PLAN_TYPES).toEqual(["free", "professional", "enterprise"]);
});

describe("recognising a price", () => {
  test.each([
    ["professional_monthly", "professional"],
    ["professional_yearly", "professional"],
    ["enterprise_monthly", "enterprise"],
    ["enterprise_yearly", "enterprise"],
    ["newsletter", null],
    ["constructor", null],
    ["", null],
  ])("the default catalog reads lookup key %j as %j", (lookupKey, planType) => {
    expect(recognisePrice({ ...NOTHING, lookupKey })).toBe(planType);
  });

  test("price ids and product ids are recognised too", () => {
    expect(recognisePrice({ ...NOTHING, priceId: "price_1" }, catalog)).toBe("professional");
    expect(recognisePrice({ ...NOTHING, productId: "prod_1" }, catalog)).toBe("professional");
  });

  test("a key of one kind is not looked for among another kind", () => {
    expect(recognisePrice({ ...NOTHING, lookupKey: "price_1" }, catalog)).toBeNull();
  });

  test("the price id outranks the lookup key, which outranks the product id", () => {
    const price = { priceId: "price_1", lookupKey: "team", productId: "prod_1" };
    expect(recognisePrice(price, catalog)).toBe("professional");
    expect(recognisePrice({ ...price, priceId: "price_9" }, catalog)).toBe("enterprise");
  });

  test("a price that says nothing is not recognised", () => {
    expect(recognisePrice(NOTHING)).toBeNull();
  });

  test("the best of several prices counts", () => {
    expect(recogniseBestPrice([PROFESSIONAL, ENTERPRISE, UNRECOGNISED])).toBe("enterprise");
    expect(recogniseBestPrice([UNRECOGNISED, PROFESSIONAL])).toBe("professional");
    expect(recogniseBestPrice([UNRECOGNISED])).toBeNull();
    expect(recogniseBestPrice([])).toBeNull();
  });
});

describe("a catalog is refused when", () => {
  test("one key stands for two plan types", () => {
    expect(() =>
      validCatalog({
        entries: [
          { planType: "professional", lookupKeys: ["monthly"] },
          { planType: "enterprise", lookupKeys: ["monthly"] },
        ],
        purchaseWithPriceUnknown: "free",
      }),
    ).toThrow(new CatalogError('The catalog names "monthly" for professional and for enterprise.'));
  });

  test("a key is empty", () => {
    expect(() =>
      validCatalog({
        entries: [{ planType: "professional", priceIds: [""] }],
        purchaseWithPriceUnknown: "free",
      }),
    ).toThrow(CatalogError);
  });
});
