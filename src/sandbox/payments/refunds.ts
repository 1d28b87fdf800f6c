import type { Charge, Refund } from "../entities.ts";
import { newRefund } from "../formatters/newRefund.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { behaviourOf } from "./testMethods.ts";

/** How long a refund takes that does not settle at once. */
export const REFUND_SECONDS = 24 * 3_600;

/**
 * Gives money of a charge back. Without `amount` it is all that is left.
 *
 * @throws StripeError `charge_already_refunded`, or when there is not so much left
 */
export function createRefund(
  world: World,
  charge: Charge,
  fields: { amount: number | null; reason: Refund["reason"]; metadata: Record<string, string> },
): Refund {
  if (charge.status !== "succeeded") {
    throw invalidRequest(`The charge ${charge.id} has no money to refund.`);
  }
  const left = charge.amount_captured - charge.amount_refunded;
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: "charge_already_refunded",
    });
  }
  const amount = fields.amount ?? left;
  if (amount > left || amount < 1) {
    throw invalidRequest(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`,
      { param: "amount" },
    );
  }
  const method = world.must("paymentMethods", charge.payment_method ?? "");
  const behaviour = behaviourOf(method);
  const refund = newRefund({
    id: world.newId("re"),
    createdSeconds: world.nowSeconds(),
    charge,
    amount,
    reason: fields.reason,
    status: behaviour === "refunds_later" ? "pending" : "succeeded",
    metadata: fields.metadata,
  });
  world.insert("refunds", refund, "refund.created");
  if (behaviour === "refunds_later" || behaviour === "fails_refunds_later") {
    world.schedule("refund_settles", refund.id, world.nowSeconds() + REFUND_SECONDS);
  }
  const refunded = charge.amount_refunded + amount;
  const patch = { amount_refunded: refunded, refunded: refunded === charge.amount_captured };
  world.update("charges", charge.id, patch, "charge.refunded");
  return refund;
}

/** A refund that took its time succeeds; one that cannot reach the buyer fails and the money is back. */
export function settleRefund(world: World, id: string): void {
  const refund = world.store.get("refunds", id);
  if (refund?.status === "pending") {
    world.update("refunds", id, { status: "succeeded" }, "refund.updated");
  } else if (refund?.status === "succeeded") {
    failRefund(world, refund);
  }
}

/** @throws StripeError when the refund failed before */
export function failRefund(world: World, refund: Refund): Refund {
  if (refund.status === "failed" || refund.status === "canceled") {
    throw invalidRequest(`The refund ${refund.id} is ${refund.status} already.`);
  }
  const patch = { status: "failed", failure_reason: "lost_or_stolen_card" };
  const failed = world.update("refunds", refund.id, patch, "refund.updated");
  world.emit("refund.failed", failed);
  const charge = world.must("charges", refund.charge ?? "");
  const amountRefunded = charge.amount_refunded - refund.amount;
  const back = { amount_refunded: amountRefunded, refunded: false };
  world.update("charges", charge.id, back, "charge.updated");
  return failed;
}
