import { z } from "zod";
import { page } from "../api/page.ts";
import {
  clearable,
  inRange,
  mergeMetadata,
  metadata,
  paging,
  range,
  text,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { cancelSubscription } from "../billing/cancelSubscription.ts";
import { isEnded } from "../billing/isEnded.ts";
import { newCustomer } from "../formatters/newCustomer.ts";
import { attachPaymentMethod, paymentMethodOf } from "../payments/paymentMethods.ts";
import type { World } from "../state/World.ts";

const writable = {
  email: clearable(z.string().max(512)).optional(),
  name: clearable(text).optional(),
  description: clearable(text).optional(),
  phone: clearable(text).optional(),
  metadata: metadata.optional(),
  invoice_settings: z
    .strictObject({ default_payment_method: clearable(text).optional() })
    .optional(),
};

const creation = z.strictObject({ ...writable, payment_method: text.optional() });

/** `/v1/customers`, and the payment methods of one. */
export const customerRoutes: readonly Route[] = [
  route("POST", "/v1/customers", creation, (world, given) => {
    const customer = newCustomer({
      ...given,
      id: world.newId("cus", 14),
      createdSeconds: world.nowSeconds(),
      metadata: mergeMetadata({}, given.metadata),
      invoicePrefix: "SANDBOX",
    });
    world.store.insert("customers", customer);
    setMethods(world, customer.id, given);
    world.emit("customer.created", world.must("customers", customer.id));
    return world.must("customers", customer.id);
  }),

  route(
    "GET",
    "/v1/customers",
    z.strictObject({ ...paging, email: text.optional(), created: range.optional() }),
    (world, { email, created, ...paged }) =>
      page(
        "/v1/customers",
        world.store
          .all("customers")
          .filter(
            (customer) =>
              (email === undefined || customer.email === email) &&
              inRange(customer.created, created),
          ),
        paged,
      ),
  ),

  route(
    "GET",
    "/v1/customers/:id",
    z.strictObject({}),
    (world, _given, { id }) =>
      world.store.get("deletedCustomers", id) ?? world.find("customers", id, "customer"),
  ),

  route("POST", "/v1/customers/:id", z.strictObject(writable), (world, given, { id }) => {
    const customer = world.find("customers", id, "customer");
    const { invoice_settings, ...fields } = given;
    const patch = {
      ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      metadata: mergeMetadata(customer.metadata, given.metadata),
      ...methodPatch(world, id, { invoice_settings }),
    };
    return world.update("customers", id, patch, "customer.updated");
  }),

  route("DELETE", "/v1/customers/:id", z.strictObject({}), (world, _given, { id }) => {
    const customer = world.find("customers", id, "customer");
    for (const subscription of world.store.all("subscriptions")) {
      if (subscription.customer === id && !isEnded(subscription)) {
        cancelSubscription(world, subscription, "cancellation_requested");
      }
    }
    world.store.remove("customers", id);
    world.emit("customer.deleted", customer);
    return world.insert("deletedCustomers", { id, object: "customer", deleted: true });
  }),

  route(
    "GET",
    "/v1/customers/:id/payment_methods",
    z.strictObject({ ...paging, type: text.optional() }),
    (world, { type, ...paged }, { id }) => {
      world.find("customers", id, "customer");
      const methods = world.store
        .all("paymentMethods")
        .filter((method) => method.customer === id && (type ?? method.type) === method.type);
      return page(`/v1/customers/${id}/payment_methods`, methods, paged);
    },
  ),
];

type MethodFields = {
  payment_method?: string | undefined;
  invoice_settings?: { default_payment_method?: string | null | undefined } | undefined;
};

/** Sets the methods of a customer that nobody has been told about yet. */
function setMethods(world: World, id: string, given: MethodFields): void {
  world.update("customers", id, methodPatch(world, id, given));
}

function methodPatch(world: World, id: string, given: MethodFields) {
  const attached =
    given.payment_method === undefined
      ? null
      : attach(world, id, given.payment_method, "payment_method");
  const wanted = given.invoice_settings?.default_payment_method;
  if (wanted === undefined) {
    return {};
  }
  const settings = world.must("customers", id).invoice_settings;
  // A ready-made id makes a new method each time, but one request means the same one.
  const isTheSame = wanted !== null && wanted === given.payment_method;
  const chosen = isTheSame
    ? attached
    : wanted && attach(world, id, wanted, "invoice_settings[default_payment_method]");
  return { invoice_settings: { ...settings, default_payment_method: chosen } };
}

function attach(world: World, customer: string, method: string, param: string): string {
  return attachPaymentMethod(world, paymentMethodOf(world, method, param), customer).id;
}
