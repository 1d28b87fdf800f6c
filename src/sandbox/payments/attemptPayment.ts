import type { PaymentIntent, PaymentMethod } from "../entities.ts";
import { newCharge, outcomeOf } from "../formatters/newCharge.ts";
import type { World } from "../state/World.ts";
import { DEBIT_FAILED, type Decline, declineOf } from "./declines.ts";
import { behaviourOf } from "./testMethods.ts";

/** How long a bank debit takes. */
export const SETTLEMENT_SECONDS = 180;

/**
 * Tries to take a payment intent's money with a payment method, as its test number says. The result is in
 * the intent's status: `succeeded`, `processing` (a bank debit), `requires_action` (3-D Secure, only while
 * the buyer is there), or `requires_payment_method` with `last_payment_error`.
 */
export function attemptPayment(
  world: World,
  intentId: string,
  methodId: string,
  buyer: { isPresent: boolean; authenticationUrl: string; returnUrl: string | null },
): PaymentIntent {
  const intent = world.must("paymentIntents", intentId);
  const method = world.must("paymentMethods", methodId);
  const behaviour = behaviourOf(method);
  const decline = declineOf(behaviour);
  if (decline !== null) {
    return failPayment(world, intent, method, decline);
  }
  if (behaviour === "authenticates" && buyer.isPresent) {
    return world.update(
      "paymentIntents",
      intent.id,
      {
        status: "requires_action",
        payment_method: method.id,
        next_action: {
          type: "redirect_to_url",
          redirect_to_url: { url: buyer.authenticationUrl, return_url: buyer.returnUrl },
        },
      },
      "payment_intent.requires_action",
    );
  }
  return behaviour === "settles" || behaviour === "bounces"
    ? startDebit(world, intent, method)
    : succeedPayment(world, intent, method);
}

/** The money is taken: at once, or after the buyer has authenticated. */
export function succeedPayment(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
): PaymentIntent {
  const charge = newCharge({
    id: world.newId("ch"),
    createdSeconds: world.nowSeconds(),
    intent,
    method,
    status: "succeeded",
    decline: null,
  });
  world.insert("charges", charge, "charge.succeeded");
  if (behaviourOf(method) === "is_disputed") {
    world.schedule("dispute_opens", charge.id, world.nowSeconds());
  }
  return received(world, intent, method.id, charge.id);
}

/** The money is refused, and the intent waits for another method. */
export function failPayment(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline,
): PaymentIntent {
  const charge = newCharge({
    id: world.newId("ch"),
    createdSeconds: world.nowSeconds(),
    intent,
    method,
    status: "failed",
    decline,
  });
  world.insert("charges", charge, "charge.failed");
  return refused(world, intent, method, charge.id, decline);
}

/** A bank debit has come to its end. Does nothing for an intent that is no longer under way. */
export function settlePayment(world: World, intentId: string): PaymentIntent | null {
  const intent = world.store.get("paymentIntents", intentId);
  if (
    intent?.status !== "processing" ||
    intent.payment_method === null ||
    intent.latest_charge === null
  ) {
    return null;
  }
  const method = world.must("paymentMethods", intent.payment_method);
  const chargeId = intent.latest_charge;
  if (behaviourOf(method) === "settles") {
    const paid = { status: "succeeded", paid: true, amount_captured: intent.amount } as const;
    world.update("charges", chargeId, paid, "charge.succeeded");
    return received(world, intent, method.id, chargeId);
  }
  const failed = {
    status: "failed",
    failure_code: DEBIT_FAILED.code,
    failure_message: DEBIT_FAILED.message,
    outcome: outcomeOf("failed", DEBIT_FAILED),
  } as const;
  world.update("charges", chargeId, failed, "charge.failed");
  return refused(world, intent, method, chargeId, DEBIT_FAILED);
}

function startDebit(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const charge = newCharge({
    id: world.newId("py"),
    createdSeconds: world.nowSeconds(),
    intent,
    method,
    status: "pending",
    decline: null,
  });
  world.insert("charges", charge, "charge.pending");
  world.schedule("payment_settles", intent.id, world.nowSeconds() + SETTLEMENT_SECONDS);
  return world.update(
    "paymentIntents",
    intent.id,
    {
      status: "processing",
      payment_method: method.id,
      latest_charge: charge.id,
      last_payment_error: null,
      next_action: null,
    },
    "payment_intent.processing",
  );
}

function received(
  world: World,
  intent: PaymentIntent,
  methodId: string,
  chargeId: string,
): PaymentIntent {
  return world.update(
    "paymentIntents",
    intent.id,
    {
      status: "succeeded",
      amount_received: intent.amount,
      payment_method: methodId,
      latest_charge: chargeId,
      last_payment_error: null,
      next_action: null,
    },
    "payment_intent.succeeded",
  );
}

function refused(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  chargeId: string,
  { code, declineCode, message }: Decline,
): PaymentIntent {
  return world.update(
    "paymentIntents",
    intent.id,
    {
      status: "requires_payment_method",
      payment_method: null,
      latest_charge: chargeId,
      next_action: null,
      last_payment_error: {
        type: "card_error",
        charge: chargeId,
        code,
        ...(declineCode !== undefined && { decline_code: declineCode }),
        message,
        payment_method: method,
      },
    },
    "payment_intent.payment_failed",
  );
}
