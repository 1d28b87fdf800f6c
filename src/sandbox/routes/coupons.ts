import { z } from "zod";
import { page } from "../api/page.ts";
import {
  amount,
  currency,
  flag,
  integer,
  mergeMetadata,
  metadata,
  paging,
  text,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { newCoupon } from "../formatters/newCoupon.ts";
import { newPromotionCode } from "../formatters/newPromotionCode.ts";
import { invalidRequest } from "../StripeError.ts";

const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,2})?$/)
  .transform(Number)
  .pipe(z.number().gt(0).max(100));

/** `/v1/coupons` and `/v1/promotion_codes`. */
export const couponRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/coupons",
    z.strictObject({
      id: text.optional(),
      percent_off: percent.optional(),
      amount_off: amount.optional(),
      currency: currency.optional(),
      duration: z.enum(["forever", "once", "repeating"]).optional(),
      duration_in_months: integer.pipe(z.int().min(1).max(36)).optional(),
      name: text.optional(),
      metadata: metadata.optional(),
    }),
    (world, given) => {
      if ((given.percent_off === undefined) === (given.amount_off === undefined)) {
        throw invalidRequest("Must provide exactly one of `percent_off` and `amount_off`.", {
          param: "percent_off",
        });
      }
      const id = given.id ?? world.newId("c", 8).slice(2);
      if (world.store.get("coupons", id) !== undefined) {
        throw invalidRequest("Coupon already exists.", {
          code: "resource_already_exists",
          param: "id",
        });
      }
      const coupon = newCoupon({
        id,
        createdSeconds: world.nowSeconds(),
        percentOff: given.percent_off ?? null,
        amountOff: given.amount_off ?? null,
        currency: given.currency ?? null,
        duration: given.duration ?? "once",
        durationInMonths: given.duration_in_months ?? null,
        name: given.name ?? null,
        metadata: mergeMetadata({}, given.metadata),
      });
      return world.insert("coupons", coupon, "coupon.created");
    },
  ),

  route("GET", "/v1/coupons", z.strictObject(paging), (world, paged) =>
    page("/v1/coupons", world.store.all("coupons"), paged),
  ),

  route("GET", "/v1/coupons/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("coupons", id, "coupon"),
  ),

  route(
    "POST",
    "/v1/promotion_codes",
    z.strictObject({
      promotion: z.strictObject({ type: z.enum(["coupon"]), coupon: text }),
      code: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,200}$/)
        .optional(),
      active: flag.optional(),
      metadata: metadata.optional(),
    }),
    (world, given) => {
      const coupon = world.find("coupons", given.promotion.coupon, "coupon", "promotion[coupon]");
      const code = given.code ?? world.newId("p", 8).slice(2);
      const isTaken = world.store
        .all("promotionCodes")
        .some((other) => other.active && other.code.toLowerCase() === code.toLowerCase());
      if (isTaken) {
        throw invalidRequest("An active promotion code with this code already exists.", {
          param: "code",
        });
      }
      const promotionCode = newPromotionCode({
        id: world.newId("promo"),
        createdSeconds: world.nowSeconds(),
        code,
        coupon: coupon.id,
        active: given.active ?? true,
        metadata: mergeMetadata({}, given.metadata),
      });
      return world.insert("promotionCodes", promotionCode, "promotion_code.created");
    },
  ),

  route(
    "GET",
    "/v1/promotion_codes",
    z.strictObject({ ...paging, code: text.optional(), active: flag.optional() }),
    (world, { code, active, ...paged }) =>
      page(
        "/v1/promotion_codes",
        world.store
          .all("promotionCodes")
          .filter(
            (known) =>
              (code ?? known.code).toLowerCase() === known.code.toLowerCase() &&
              (active ?? known.active) === known.active,
          ),
        paged,
      ),
  ),

  route("GET", "/v1/promotion_codes/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("promotionCodes", id, "promotion code"),
  ),

  route(
    "POST",
    "/v1/promotion_codes/:id",
    z.strictObject({ active: flag.optional(), metadata: metadata.optional() }),
    (world, given, { id }) => {
      const known = world.find("promotionCodes", id, "promotion code");
      const patch = {
        active: given.active ?? known.active,
        metadata: mergeMetadata(known.metadata ?? {}, given.metadata),
      };
      return world.update("promotionCodes", id, patch, "promotion_code.updated");
    },
  ),
];
