import type { Dispute } from "../entities.ts";
import { newDispute } from "../formatters/newDispute.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";

/**
 * The buyer's bank takes the money of a charge back.
 *
 * @throws StripeError when the charge did not succeed, or has a dispute already
 */
export function openDispute(world: World, chargeId: string, reason: string): Dispute {
  const charge = world.find("charges", chargeId, "charge", "charge");
  if (charge.status !== "succeeded" || charge.disputed) {
    throw invalidRequest(`The charge ${chargeId} cannot be disputed.`, { param: "charge" });
  }
  const dispute = newDispute({
    id: world.newId("du"),
    createdSeconds: world.nowSeconds(),
    charge,
    reason,
  });
  world.insert("disputes", dispute, "charge.dispute.created");
  world.emit("charge.dispute.funds_withdrawn", dispute);
  world.update("charges", chargeId, { disputed: true }, "charge.updated");
  return dispute;
}

/**
 * The bank has decided. The money of a won dispute comes back.
 *
 * @throws StripeError when it was decided before
 */
export function closeDispute(world: World, id: string, status: "lost" | "won"): Dispute {
  const dispute = world.find("disputes", id, "dispute");
  if (dispute.status === "lost" || dispute.status === "won") {
    throw invalidRequest(`The dispute ${id} is ${dispute.status} already.`);
  }
  const closed = world.update("disputes", id, { status }, "charge.dispute.closed");
  if (status === "won") {
    world.emit("charge.dispute.funds_reinstated", closed);
  }
  return closed;
}
