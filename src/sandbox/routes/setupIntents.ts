import { z } from "zod";
import { page } from "../api/page.ts";
import { flag, mergeMetadata, metadata, paging, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import type { SetupIntent } from "../entities.ts";
import { attachPaymentMethod, paymentMethodOf } from "../payments/paymentMethods.ts";
import { attemptSetup, createSetupIntent } from "../payments/setup.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";

/** `/v1/setup_intents`, the least of it. */
export const setupIntentRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/setup_intents",
    z.strictObject({
      customer: text.optional(),
      payment_method: text.optional(),
      confirm: flag.optional(),
      description: text.optional(),
      metadata: metadata.optional(),
      usage: z.enum(["off_session"]).optional(),
    }),
    (world, given, { origin }) => {
      const { customer = null } = given;
      if (customer !== null) {
        world.find("customers", customer, "customer", "customer");
      }
      const intent = createSetupIntent(world, {
        customer,
        description: given.description,
        metadata: mergeMetadata({}, given.metadata),
        paymentMethod:
          given.payment_method === undefined
            ? null
            : paymentMethodOf(world, given.payment_method, "payment_method").id,
      });
      return given.confirm === true ? confirm(world, intent, undefined, origin) : intent;
    },
  ),

  route(
    "GET",
    "/v1/setup_intents",
    z.strictObject({ ...paging, customer: text.optional() }),
    (world, { customer, ...paged }) =>
      page(
        "/v1/setup_intents",
        world.store
          .all("setupIntents")
          .filter((intent) => (customer ?? intent.customer) === intent.customer),
        paged,
      ),
  ),

  route("GET", "/v1/setup_intents/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("setupIntents", id, "setupintent"),
  ),

  route(
    "POST",
    "/v1/setup_intents/:id/confirm",
    z.strictObject({ payment_method: text.optional() }),
    (world, { payment_method }, { id, origin }) =>
      confirm(world, world.find("setupIntents", id, "setupintent"), payment_method, origin),
  ),
];

function confirm(
  world: World,
  intent: SetupIntent,
  named: string | undefined,
  origin: string,
): SetupIntent {
  const methodId = named ?? intent.payment_method;
  if (methodId === null || intent.status === "succeeded" || intent.status === "canceled") {
    throw invalidRequest(`You cannot confirm this SetupIntent: its status is ${intent.status}.`, {
      code: "setup_intent_unexpected_state",
    });
  }
  const method = paymentMethodOf(world, methodId, "payment_method");
  const url = `${origin}/authenticate/${intent.id}`;
  const confirmed = attemptSetup(world, intent.id, method, url);
  if (confirmed.status === "requires_payment_method") {
    const error = confirmed.last_setup_error;
    throw new StripeError("card_error", error?.message ?? "Your card was declined.", {
      code: error?.code ?? "card_declined",
      ...(error?.decline_code !== undefined && { declineCode: error.decline_code }),
      keepsChanges: true,
      objects: { setup_intent: confirmed },
    });
  }
  if (confirmed.status === "succeeded" && confirmed.customer !== null) {
    attachPaymentMethod(world, method, confirmed.customer);
  }
  return confirmed;
}
