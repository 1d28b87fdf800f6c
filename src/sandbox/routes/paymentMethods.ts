import { z } from "zod";
import { page } from "../api/page.ts";
import { clearable, mergeMetadata, metadata, paging, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { isEnded } from "../billing/isEnded.ts";
import {
  attachPaymentMethod,
  createPaymentMethod,
  paymentMethodOf,
} from "../payments/paymentMethods.ts";
import { testMethodOf } from "../payments/testMethods.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";

const billingDetails = z.strictObject({
  email: clearable(text).optional(),
  name: clearable(text).optional(),
});

/** `/v1/payment_methods`: made from test numbers only. */
export const paymentMethodRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/payment_methods",
    z.strictObject({
      type: z.enum(["card", "sepa_debit"]),
      card: z
        .strictObject({
          number: text.optional(),
          exp_month: text.optional(),
          exp_year: text.optional(),
          cvc: text.optional(),
          token: text.optional(),
        })
        .optional(),
      sepa_debit: z.strictObject({ iban: text }).optional(),
      billing_details: billingDetails.optional(),
      metadata: metadata.optional(),
    }),
    (world, { type, card, sepa_debit, billing_details, ...given }) => {
      const named = type === "card" ? (card?.number ?? "") : (sepa_debit?.iban ?? "");
      const method =
        card?.token === "tok_visa" ? testMethodOf("pm_card_visa") : testMethodOf(named);
      if (method === undefined || method.type !== type) {
        throw notImitated("this number; it knows Stripe's test numbers in docs/sandbox.md", type);
      }
      const owner = {
        customer: null,
        email: billing_details?.email ?? null,
        name: billing_details?.name ?? null,
      };
      return createPaymentMethod(world, method, owner, mergeMetadata({}, given.metadata));
    },
  ),

  route(
    "GET",
    "/v1/payment_methods",
    z.strictObject({ ...paging, customer: text.optional(), type: text.optional() }),
    (world, { customer, type, ...paged }) =>
      page(
        "/v1/payment_methods",
        world.store
          .all("paymentMethods")
          .filter(
            (method) =>
              method.customer !== null &&
              (customer ?? method.customer) === method.customer &&
              (type ?? method.type) === method.type,
          ),
        paged,
      ),
  ),

  route("GET", "/v1/payment_methods/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("paymentMethods", id, "PaymentMethod"),
  ),

  route(
    "POST",
    "/v1/payment_methods/:id/attach",
    z.strictObject({ customer: text }),
    (world, { customer }, { id }) => {
      world.find("customers", customer, "customer", "customer");
      return attachPaymentMethod(world, paymentMethodOf(world, id, "id"), customer);
    },
  ),

  route("POST", "/v1/payment_methods/:id/detach", z.strictObject({}), (world, _given, { id }) => {
    const method = world.find("paymentMethods", id, "PaymentMethod");
    if (method.customer === null) {
      throw invalidRequest("The payment method you provided is not attached to a customer.");
    }
    const customer = world.store.get("customers", method.customer);
    if (customer?.invoice_settings.default_payment_method === id) {
      const settings = { ...customer.invoice_settings, default_payment_method: null };
      world.update("customers", customer.id, { invoice_settings: settings }, "customer.updated");
    }
    for (const subscription of world.store.all("subscriptions")) {
      if (subscription.default_payment_method === id && !isEnded(subscription)) {
        world.update(
          "subscriptions",
          subscription.id,
          { default_payment_method: null },
          "customer.subscription.updated",
        );
      }
    }
    return world.update("paymentMethods", id, { customer: null }, "payment_method.detached");
  }),
];
