import { z } from "zod";
import { page } from "../api/page.ts";
import {
  amount,
  clearable,
  currency,
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  paging,
  text,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import type { Price } from "../entities.ts";
import { newPrice } from "../formatters/newPrice.ts";
import { newProduct } from "../formatters/newProduct.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";

const interval = z.enum(["day", "week", "month", "year"]);

/** A price without its product, as it is also given inline. */
export const priceData = {
  currency,
  unit_amount: amount,
  recurring: z
    .strictObject({
      interval,
      interval_count: integer.pipe(z.int().min(1).max(36)).optional(),
      usage_type: z.enum(["licensed"]).optional(),
    })
    .optional(),
};

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

/**
 * Adds a price.
 *
 * @throws StripeError when the lookup key is another price's and is not to be transferred
 */
export function createPrice(
  world: World,
  given: {
    product: string;
    currency: string;
    unit_amount: number;
    recurring?:
      | { interval: z.output<typeof interval>; interval_count?: number | undefined }
      | undefined;
    lookup_key?: string | undefined;
    nickname?: string | null | undefined;
    active?: boolean | undefined;
    metadata?: Record<string, string> | null | undefined;
    transfer_lookup_key?: boolean | undefined;
  },
): Price {
  freeLookupKey(world, given.lookup_key, given.transfer_lookup_key === true, null);
  const price = newPrice({
    id: world.newId("price"),
    createdSeconds: world.nowSeconds(),
    product: given.product,
    currency: given.currency,
    unitAmount: given.unit_amount,
    recurring:
      given.recurring === undefined
        ? null
        : {
            interval: given.recurring.interval,
            intervalCount: given.recurring.interval_count ?? 1,
          },
    lookupKey: given.lookup_key,
    nickname: given.nickname,
    active: given.active,
    metadata: mergeMetadata({}, given.metadata),
  });
  return world.insert("prices", price, "price.created");
}

function freeLookupKey(
  world: World,
  key: string | undefined,
  isTransferred: boolean,
  ownId: string | null,
): void {
  const holder = world.store
    .all("prices")
    .find(({ id, lookup_key }) => key !== undefined && lookup_key === key && id !== ownId);
  if (holder === undefined) {
    return;
  }
  if (!isTransferred) {
    throw invalidRequest(
      `A price (\`${holder.id}\`) already uses that lookup key. Set \`transfer_lookup_key=true\` to move it.`,
      { param: "lookup_key" },
    );
  }
  world.update("prices", holder.id, { lookup_key: null }, "price.updated");
}
