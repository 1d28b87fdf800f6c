import type { PaymentMethod } from "../entities.ts";
import { newPaymentMethod } from "../formatters/newPaymentMethod.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { type TestMethod, testMethodOf } from "./testMethods.ts";

/** Keeps a new payment method, attached to `customer` when there is one. */
export function createPaymentMethod(
  world: World,
  method: TestMethod,
  owner: { customer: string | null; email?: string | null; name?: string | null },
  metadata: Record<string, string> = {},
): PaymentMethod {
  const kept = newPaymentMethod({
    id: world.newId("pm"),
    createdSeconds: world.nowSeconds(),
    method,
    customer: owner.customer,
    email: owner.email ?? null,
    name: owner.name ?? null,
    metadata,
  });
  return world.insert(
    "paymentMethods",
    kept,
    owner.customer === null ? undefined : "payment_method.attached",
  );
}

/**
 * The payment method that a parameter names: one that is kept, or a new one for a ready-made id such as
 * `pm_card_visa`.
 *
 * @throws StripeError `resource_missing`
 */
export function paymentMethodOf(world: World, id: string, param: string): PaymentMethod {
  const readyMade = testMethodOf(id);
  return readyMade === undefined
    ? world.find("paymentMethods", id, "PaymentMethod", param)
    : createPaymentMethod(world, readyMade, { customer: null });
}

/**
 * Attaches a payment method to a customer.
 *
 * @throws StripeError `card_declined` for a card that cannot be saved, and when it is another customer's
 */
export function attachPaymentMethod(
  world: World,
  method: PaymentMethod,
  customer: string,
): PaymentMethod {
  if (method.customer === customer) {
    return method;
  }
  if (method.customer !== null) {
    throw invalidRequest(
      "The payment method you provided has already been attached to a customer.",
    );
  }
  const last4 = method.card?.last4;
  if (last4 === "0002" || last4 === "9995") {
    throw new StripeError("card_error", "Your card was declined.", {
      code: "card_declined",
      declineCode: last4 === "9995" ? "insufficient_funds" : "generic_decline",
    });
  }
  return world.update("paymentMethods", method.id, { customer }, "payment_method.attached");
}
