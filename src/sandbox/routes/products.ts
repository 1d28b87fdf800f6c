import { z } from "zod";
import { page } from "../api/page.ts";
import { clearable, flag, list, mergeMetadata, metadata, paging, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { createPrice, priceData } from "../billing/createPrice.ts";
import { newProduct } from "../formatters/newProduct.ts";
import { invalidRequest } from "../StripeError.ts";

const writable = {
  active: flag.optional(),
  description: clearable(text).optional(),
  metadata: metadata.optional(),
};

/** `/v1/products`. */
export const productRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/products",
    z.strictObject({
      ...writable,
      id: text.optional(),
      name: text,
      default_price_data: z.strictObject(priceData).optional(),
    }),
    (world, { id = world.newId("prod", 14), default_price_data, ...given }) => {
      if (world.store.get("products", id) !== undefined) {
        throw invalidRequest("Product already exists.", {
          code: "resource_already_exists",
          param: "id",
        });
      }
      const product = newProduct({
        ...given,
        id,
        createdSeconds: world.nowSeconds(),
        metadata: mergeMetadata({}, given.metadata),
      });
      world.insert("products", product, "product.created");
      if (default_price_data === undefined) {
        return product;
      }
      const price = createPrice(world, { ...default_price_data, product: id });
      return world.update("products", id, { default_price: price.id }, "product.updated");
    },
  ),

  route(
    "GET",
    "/v1/products",
    z.strictObject({ ...paging, active: flag.optional(), ids: list(text, 100).optional() }),
    (world, { active, ids, ...paged }) =>
      page(
        "/v1/products",
        world.store
          .all("products")
          .filter(
            (product) =>
              (active ?? product.active) === product.active && (ids?.includes(product.id) ?? true),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/products/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("products", id, "product"),
  ),

  route(
    "POST",
    "/v1/products/:id",
    z.strictObject({ ...writable, name: text.optional(), default_price: text.optional() }),
    (world, given, { id }) => {
      const product = world.find("products", id, "product");
      if (given.default_price !== undefined) {
        world.find("prices", given.default_price, "price", "default_price");
      }
      const fields = Object.entries(given).filter(([, value]) => value !== undefined);
      const patch = {
        ...Object.fromEntries(fields),
        metadata: mergeMetadata(product.metadata, given.metadata),
        updated: world.nowSeconds(),
      };
      return world.update("products", id, patch, "product.updated");
    },
  ),

  route("DELETE", "/v1/products/:id", z.strictObject({}), (world, _given, { id }) => {
    const product = world.find("products", id, "product");
    if (world.store.all("prices").some((price) => price.product === id)) {
      throw invalidRequest(
        "This product cannot be deleted because it has one or more user-created prices.",
      );
    }
    world.store.remove("products", id);
    world.emit("product.deleted", product);
    return { id, object: "product", deleted: true };
  }),
];
