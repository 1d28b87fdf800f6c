import type { PaymentMethod, SetupIntent } from "../entities.ts";
import { newSetupIntent } from "../formatters/newSetupIntent.ts";
import type { World } from "../state/World.ts";
import { AUTHENTICATION_FAILED, type Decline, declineOf } from "./declines.ts";
import { behaviourOf } from "./testMethods.ts";

/** A setup intent that saves a payment method for later. */
export function createSetupIntent(
  world: World,
  fields: {
    customer: string | null;
    metadata: Record<string, string>;
    paymentMethod?: string | null;
    description?: string | null | undefined;
  },
): SetupIntent {
  const id = world.newId("seti");
  const intent = newSetupIntent({
    id,
    clientSecret: `${id}_secret_${world.newId("s", 20)}`,
    createdSeconds: world.nowSeconds(),
    ...fields,
  });
  return world.insert("setupIntents", intent, "setup_intent.created");
}

/** Tries to save a method: a card that declines at once cannot be, one that declines later can. */
export function attemptSetup(
  world: World,
  intentId: string,
  method: PaymentMethod,
  authenticationUrl: string,
): SetupIntent {
  const behaviour = behaviourOf(method);
  const decline = declineOf(behaviour);
  if (decline !== null && behaviour !== "declines_later") {
    return failSetup(world, intentId, method, decline);
  }
  if (behaviour === "authenticates") {
    return world.update(
      "setupIntents",
      intentId,
      {
        status: "requires_action",
        payment_method: method.id,
        next_action: {
          type: "redirect_to_url",
          redirect_to_url: { url: authenticationUrl, return_url: null },
        },
      },
      "setup_intent.requires_action",
    );
  }
  return succeedSetup(world, intentId, method.id);
}

/** The buyer has authenticated, or nothing had to be. */
export function succeedSetup(world: World, intentId: string, methodId: string): SetupIntent {
  return world.update(
    "setupIntents",
    intentId,
    {
      status: "succeeded",
      payment_method: methodId,
      next_action: null,
      last_setup_error: null,
    },
    "setup_intent.succeeded",
  );
}

/** The method cannot be saved, or the buyer did not authenticate. */
export function failSetup(
  world: World,
  intentId: string,
  method: PaymentMethod,
  decline: Decline = AUTHENTICATION_FAILED,
): SetupIntent {
  const { declineCode, message } = decline;
  return world.update(
    "setupIntents",
    intentId,
    {
      status: "requires_payment_method",
      payment_method: null,
      next_action: null,
      last_setup_error: {
        type: "card_error",
        code:
          decline.code === "card_declined"
            ? "card_declined"
            : "setup_intent_authentication_failure",
        ...(declineCode !== undefined && { decline_code: declineCode }),
        message,
        payment_method: method,
      },
    },
    "setup_intent.setup_failed",
  );
}
