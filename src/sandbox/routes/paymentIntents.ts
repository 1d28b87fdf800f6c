import { z } from "zod";
import { page } from "../api/page.ts";
import {
  amount,
  clearable,
  currency,
  flag,
  inRange,
  mergeMetadata,
  metadata,
  paging,
  range,
  text,
  webUrl,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { paymentConcluded } from "../checkout/paymentConcluded.ts";
import type { PaymentIntent } from "../entities.ts";
import { newPaymentIntent } from "../formatters/newPaymentIntent.ts";
import { attemptPayment } from "../payments/attemptPayment.ts";
import { cancelIntent } from "../payments/cancelIntent.ts";
import { paymentMethodOf } from "../payments/paymentMethods.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";

const confirmation = {
  payment_method: text.optional(),
  off_session: flag.optional(),
  return_url: webUrl.optional(),
};

const automaticMethods = z.strictObject({
  enabled: flag,
  allow_redirects: z.enum(["always", "never"]).optional(),
});

/** `/v1/payment_intents`. */
export const paymentIntentRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/payment_intents",
    z.strictObject({
      ...confirmation,
      amount,
      currency,
      customer: text.optional(),
      confirm: flag.optional(),
      description: text.optional(),
      receipt_email: text.optional(),
      metadata: metadata.optional(),
      setup_future_usage: z.enum(["off_session", "on_session"]).optional(),
      automatic_payment_methods: automaticMethods.optional(),
    }),
    (world, given, call) => {
      if (given.customer !== undefined) {
        world.find("customers", given.customer, "customer", "customer");
      }
      const method =
        given.payment_method === undefined
          ? null
          : paymentMethodOf(world, given.payment_method, "payment_method").id;
      const id = world.newId("pi");
      const intent = newPaymentIntent({
        id,
        clientSecret: `${id}_secret_${world.newId("s", 20)}`,
        createdSeconds: world.nowSeconds(),
        amount: given.amount,
        currency: given.currency,
        customer: given.customer ?? null,
        paymentMethod: method,
        description: given.description,
        receiptEmail: given.receipt_email,
        setupFutureUsage: given.setup_future_usage,
        metadata: mergeMetadata({}, given.metadata),
      });
      world.insert("paymentIntents", intent, "payment_intent.created");
      return given.confirm === true ? confirm(world, id, given, call.origin) : intent;
    },
  ),

  route(
    "GET",
    "/v1/payment_intents",
    z.strictObject({ ...paging, customer: text.optional(), created: range.optional() }),
    (world, { customer, created, ...paged }) =>
      page(
        "/v1/payment_intents",
        world.store
          .all("paymentIntents")
          .filter(
            (intent) =>
              (customer ?? intent.customer) === intent.customer && inRange(intent.created, created),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/payment_intents/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("paymentIntents", id, "payment_intent"),
  ),

  route(
    "POST",
    "/v1/payment_intents/:id",
    z.strictObject({ metadata: metadata.optional(), description: clearable(text).optional() }),
    (world, given, { id }) => {
      const intent = world.find("paymentIntents", id, "payment_intent");
      return world.update("paymentIntents", id, {
        metadata: mergeMetadata(intent.metadata, given.metadata),
        description: given.description === undefined ? intent.description : given.description,
      });
    },
  ),

  route(
    "POST",
    "/v1/payment_intents/:id/confirm",
    z.strictObject(confirmation),
    (world, given, { id, origin }) => confirm(world, id, given, origin),
  ),

  route(
    "POST",
    "/v1/payment_intents/:id/cancel",
    z.strictObject({
      cancellation_reason: z
        .enum(["abandoned", "duplicate", "fraudulent", "requested_by_customer"])
        .optional(),
    }),
    (world, given, { id }) => {
      const intent = world.find("paymentIntents", id, "payment_intent");
      if (["canceled", "processing", "succeeded"].includes(intent.status)) {
        throw unexpectedState(intent, "cancel");
      }
      return cancelIntent(world, id, given.cancellation_reason ?? null);
    },
  ),
];

/** @throws StripeError `card_error`, with the failed payment kept */
function confirm(
  world: World,
  id: string,
  given: {
    payment_method?: string | undefined;
    off_session?: boolean | undefined;
    return_url?: string | undefined;
  },
  origin: string,
): PaymentIntent {
  const intent = world.find("paymentIntents", id, "payment_intent");
  if (["canceled", "processing", "succeeded"].includes(intent.status)) {
    throw unexpectedState(intent, "confirm");
  }
  const method = given.payment_method ?? intent.payment_method;
  if (method === null) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method.",
      { code: "payment_intent_unexpected_state" },
    );
  }
  const confirmed = attemptPayment(world, id, paymentMethodOf(world, method, "payment_method").id, {
    isPresent: given.off_session !== true,
    authenticationUrl: `${origin}/authenticate/${id}`,
    returnUrl: given.return_url ?? null,
  });
  paymentConcluded(world, confirmed);
  if (confirmed.status === "requires_payment_method") {
    throw cardError(confirmed);
  }
  return confirmed;
}

/** What the API answers when a card was refused. */
export function cardError(intent: PaymentIntent): StripeError {
  const error = intent.last_payment_error;
  return new StripeError("card_error", error?.message ?? "Your card was declined.", {
    code: error?.code ?? "card_declined",
    ...(error?.decline_code !== undefined && { declineCode: error.decline_code }),
    keepsChanges: true,
    objects: { charge: intent.latest_charge, payment_intent: intent },
  });
}

function unexpectedState(intent: PaymentIntent, verb: string): StripeError {
  return invalidRequest(
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
    { code: "payment_intent_unexpected_state", objects: { payment_intent: intent } },
  );
}
