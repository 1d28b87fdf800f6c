import { paymentOf } from "../billing/invoices.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest } from "../StripeError.ts";
import type { TableName } from "../state/tables.ts";
import type { World } from "../state/World.ts";
import { wholeList } from "./page.ts";

/** Fields that hold an id, and where its object is. */
const REFERENCES = new Map<string, TableName>(
  Object.entries({
    charge: "charges",
    coupon: "coupons",
    customer: "customers",
    default_payment_method: "paymentMethods",
    discounts: "discounts",
    invoice: "invoices",
    latest_charge: "charges",
    latest_invoice: "invoices",
    payment_intent: "paymentIntents",
    payment_method: "paymentMethods",
    pending_setup_intent: "setupIntents",
    price: "prices",
    product: "products",
    promotion_code: "promotionCodes",
    setup_intent: "setupIntents",
    subscription: "subscriptions",
  } as const),
);

/** What is only there when it is asked for. */
const EXTRAS = new Map<string, (world: World, id: string) => object>(
  Object.entries({
    "charge.refunds": (world: World, id: string) =>
      wholeList(
        `/v1/charges/${id}/refunds`,
        world.store.all("refunds").filter(({ charge }) => charge === id),
      ),
    "checkout.session.line_items": (world: World, id: string) =>
      wholeList(
        `/v1/checkout/sessions/${id}/line_items`,
        world.must("sessionDetails", id).lineItems,
      ),
    "customer.subscriptions": (world: World, id: string) =>
      wholeList(
        `/v1/customers/${id}/subscriptions`,
        world.store
          .all("subscriptions")
          .filter(({ customer, status }) => customer === id && status !== "canceled"),
      ),
    "invoice.confirmation_secret": (world: World, id: string) => ({
      client_secret: world.must("paymentIntents", paymentOf(world, id).payment.payment_intent ?? "")
        .client_secret,
      type: "payment_intent",
    }),
    "invoice.payments": (world: World, id: string) =>
      wholeList(
        `/v1/invoice_payments?invoice=${id}`,
        world.store.all("invoicePayments").filter(({ invoice }) => invoice === id),
      ),
  }),
);

/**
 * `object` with objects in the place of the ids that `expand[]` names, such as `latest_invoice.payments`,
 * or `data.customer` in a list.
 *
 * @throws StripeError when a property cannot be expanded, or for too many or too deep ones
 */
export function expand(world: World, object: object, paths: readonly string[]): object {
  if (paths.length > SANDBOX_LIMITS.expansions) {
    throw invalidRequest(`You cannot expand more than ${SANDBOX_LIMITS.expansions} properties.`);
  }
  let expanded = object;
  for (const path of paths) {
    const keys = path.split(".");
    if (keys.length > SANDBOX_LIMITS.expansionDepth + 1) {
      throw invalidRequest(
        `You cannot expand more than ${SANDBOX_LIMITS.expansionDepth} levels of a property.`,
        { param: "expand" },
      );
    }
    expanded = expandPath(world, expanded, keys, path);
  }
  return expanded;
}

function expandPath(world: World, object: object, keys: readonly string[], path: string): object {
  const [key, ...rest] = keys;
  if (key === undefined) {
    return object;
  }
  const record = object as Record<string, unknown>;
  const makeExtra = EXTRAS.get(`${String(record["object"])}.${key}`);
  const own = Object.hasOwn(record, key) ? record[key] : undefined;
  const present = own ?? makeExtra?.(world, String(record["id"]));
  if (present === undefined && own !== null) {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: "expand" });
  }
  return { ...record, [key]: expandValue(world, key, present, rest, path) };
}

function expandValue(
  world: World,
  key: string,
  value: unknown,
  rest: readonly string[],
  path: string,
): unknown {
  if (value === null || value === undefined) {
    return null;
  }
  if (Array.isArray(value)) {
    return value.map((element) => expandValue(world, key, element, rest, path));
  }
  if (typeof value === "object") {
    return expandPath(world, value, rest, path);
  }
  const table = REFERENCES.get(key);
  if (table === undefined || typeof value !== "string") {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: "expand" });
  }
  const target =
    world.store.get(table, value) ??
    (table === "customers" ? world.store.get("deletedCustomers", value) : undefined);
  return target === undefined ? value : expandPath(world, target, rest, path);
}
