import type { PaymentIntent, SetupIntent } from "../entities.ts";
import { failPayment, succeedPayment } from "../payments/attemptPayment.ts";
import { AUTHENTICATION_FAILED } from "../payments/declines.ts";
import { failSetup, succeedSetup } from "../payments/setup.ts";
import type { World } from "../state/World.ts";
import { nextStep, type PaymentStep } from "./payForSession.ts";
import { paymentConcluded, sessionOfIntent } from "./paymentConcluded.ts";

/** The intent that waits for its buyer to authenticate, or undefined. */
export function authenticatingIntent(
  world: World,
  id: string,
): PaymentIntent | SetupIntent | undefined {
  const intent = world.store.get("paymentIntents", id) ?? world.store.get("setupIntents", id);
  return intent?.status === "requires_action" ? intent : undefined;
}

/**
 * The buyer approves or refuses the 3-D Secure page. Returns what the hosted checkout page does next, or
 * null when the intent belongs to no open session.
 */
export function authenticate(
  world: World,
  waiting: PaymentIntent | SetupIntent,
  isApproved: boolean,
): PaymentStep | null {
  const method = world.must("paymentMethods", waiting.payment_method ?? "");
  const session = sessionOfIntent(world, waiting.id);
  if (waiting.object === "setup_intent") {
    const intent = isApproved
      ? succeedSetup(world, waiting.id, method.id)
      : failSetup(world, waiting.id, method);
    return session?.status === "open" ? nextStep(world, session, intent, method.id) : null;
  }
  const intent = isApproved
    ? succeedPayment(world, waiting, method)
    : failPayment(world, waiting, method, AUTHENTICATION_FAILED);
  if (session?.status === "open") {
    return nextStep(world, session, intent, method.id);
  }
  paymentConcluded(world, intent);
  return null;
}
