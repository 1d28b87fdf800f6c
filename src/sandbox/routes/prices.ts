import { z } from "zod";
import { page } from "../api/page.ts";
import {
  clearable,
  currency,
  flag,
  list,
  mergeMetadata,
  metadata,
  paging,
  text,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { createPrice, freeLookupKey, interval, priceData } from "../billing/createPrice.ts";
import { newProduct } from "../formatters/newProduct.ts";
import { invalidRequest } from "../StripeError.ts";

const details = {
  lookup_key: z.string().min(1).max(200).optional(),
  nickname: clearable(text).optional(),
  active: flag.optional(),
  metadata: metadata.optional(),
};

/** `/v1/prices`. */
export const priceRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/prices",
    z.strictObject({
      ...priceData,
      ...details,
      product: text.optional(),
      product_data: z
        .strictObject({ name: text, id: text.optional(), metadata: metadata.optional() })
        .optional(),
      transfer_lookup_key: flag.optional(),
      billing_scheme: z.enum(["per_unit"]).optional(),
    }),
    (world, { product, product_data, ...given }) => {
      if ((product === undefined) === (product_data === undefined)) {
        throw invalidRequest("You must specify either `product` or `product_data`.", {
          param: "product",
        });
      }
      const id =
        product === undefined
          ? world.insert(
              "products",
              newProduct({
                id: product_data?.id ?? world.newId("prod", 14),
                createdSeconds: world.nowSeconds(),
                name: product_data?.name ?? "",
                metadata: mergeMetadata({}, product_data?.metadata),
              }),
              "product.created",
            ).id
          : world.find("products", product, "product", "product").id;
      return createPrice(world, { ...given, product: id });
    },
  ),

  route(
    "GET",
    "/v1/prices",
    z.strictObject({
      ...paging,
      active: flag.optional(),
      currency: currency.optional(),
      product: text.optional(),
      type: z.enum(["one_time", "recurring"]).optional(),
      lookup_keys: list(text, 10).optional(),
      recurring: z.strictObject({ interval: interval.optional() }).optional(),
    }),
    (world, wanted) =>
      page(
        "/v1/prices",
        world.store
          .all("prices")
          .filter(
            (price) =>
              (wanted.active ?? price.active) === price.active &&
              (wanted.currency ?? price.currency) === price.currency &&
              (wanted.product ?? price.product) === price.product &&
              (wanted.type ?? price.type) === price.type &&
              (wanted.lookup_keys?.includes(price.lookup_key ?? "") ?? true) &&
              (wanted.recurring?.interval ?? price.recurring?.interval) ===
                price.recurring?.interval,
          ),
        wanted,
      ),
  ),

  route("GET", "/v1/prices/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("prices", id, "price"),
  ),

  route(
    "POST",
    "/v1/prices/:id",
    z.strictObject({ ...details, transfer_lookup_key: flag.optional() }),
    (world, { transfer_lookup_key, ...given }, { id }) => {
      const price = world.find("prices", id, "price");
      freeLookupKey(world, given.lookup_key, transfer_lookup_key === true, id);
      const fields = Object.entries(given).filter(([, value]) => value !== undefined);
      const patch = {
        ...Object.fromEntries(fields),
        metadata: mergeMetadata(price.metadata, given.metadata),
      };
      return world.update("prices", id, patch, "price.updated");
    },
  ),
];
