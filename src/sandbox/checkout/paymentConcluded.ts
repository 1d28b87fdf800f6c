import { invoicePaymentConcluded } from "../billing/collectInvoice.ts";
import type { CheckoutSession, PaymentIntent } from "../entities.ts";
import type { World } from "../state/World.ts";

/** Lets everything that waits for a payment intent follow: its invoice, then its Checkout Session. */
export function paymentConcluded(world: World, intent: PaymentIntent): void {
  invoicePaymentConcluded(world, intent);
  const session = sessionOfIntent(world, intent.id);
  if (session?.status !== "complete" || session.payment_status !== "unpaid") {
    return;
  }
  if (intent.status === "succeeded") {
    const paid = { payment_status: "paid" } as const;
    world.update("sessions", session.id, paid, "checkout.session.async_payment_succeeded");
  } else if (intent.status === "requires_payment_method") {
    world.emit("checkout.session.async_payment_failed", session);
  }
}

/** The Checkout Session that a payment or setup intent belongs to. */
export function sessionOfIntent(world: World, intentId: string): CheckoutSession | undefined {
  const details = world.store
    .all("sessionDetails")
    .find(
      ({ paymentIntent, setupIntent }) => paymentIntent === intentId || setupIntent === intentId,
    );
  return details && world.store.get("sessions", details.id);
}
