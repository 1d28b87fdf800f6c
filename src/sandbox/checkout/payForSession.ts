import type { CheckoutSession, PaymentIntent } from "../entities.ts";
import { customerDetails } from "../formatters/newCheckoutSession.ts";
import { newCustomer } from "../formatters/newCustomer.ts";
import { newPaymentIntent } from "../formatters/newPaymentIntent.ts";
import { attemptPayment } from "../payments/attemptPayment.ts";
import { createPaymentMethod } from "../payments/paymentMethods.ts";
import { attemptSetup, createSetupIntent } from "../payments/setup.ts";
import type { TestMethod } from "../payments/testMethods.ts";
import type { World } from "../state/World.ts";
import { completeSession, trialEndOf } from "./completeSession.ts";

export interface Buyer {
  /** Null when nothing has to be paid or saved. */
  method: TestMethod | null;
  email: string | null;
  name: string | null;
  /** Where this host's pages are. */
  origin: string;
}

/** What the hosted page does next. */
export type PaymentStep =
  | { step: "completed"; session: CheckoutSession }
  | { step: "authenticate"; url: string }
  | { step: "refused"; message: string };

/** The buyer submits the hosted page of an open session. */
export function payForSession(world: World, sessionId: string, buyer: Buyer): PaymentStep {
  const session = withCustomer(world, world.must("sessions", sessionId), buyer);
  if (buyer.method === null) {
    return { step: "completed", session: completeSession(world, session, null) };
  }
  const method = createPaymentMethod(world, buyer.method, { ...buyer, customer: null });
  const intent = isDueNow(world, session)
    ? attemptPayment(world, intentOf(world, session), method.id, {
        isPresent: true,
        authenticationUrl: `${buyer.origin}/authenticate/${intentOf(world, session)}`,
        returnUrl: session.success_url,
      })
    : attemptSetup(
        world,
        setupIntentOf(world, session),
        method,
        `${buyer.origin}/authenticate/${setupIntentOf(world, session)}`,
      );
  return nextStep(world, session, intent, method.id);
}

/** The buyer comes back from authenticating, and `intent` says how it went. */
export function nextStep(
  world: World,
  session: CheckoutSession,
  intent: Pick<PaymentIntent, "next_action" | "status"> & {
    last_payment_error?: { message?: string } | null;
    last_setup_error?: { message?: string } | null;
  },
  methodId: string,
): PaymentStep {
  switch (intent.status) {
    case "succeeded":
    case "processing":
      return { step: "completed", session: completeSession(world, session, methodId) };
    case "requires_action":
      return { step: "authenticate", url: intent.next_action?.redirect_to_url?.url ?? "" };
    default: {
      const error = intent.last_payment_error ?? intent.last_setup_error;
      return { step: "refused", message: error?.message ?? "Your payment failed." };
    }
  }
}

/** Whether the buyer has to name a payment method. */
export function needsMethod(world: World, session: CheckoutSession): boolean {
  return (
    session.mode === "setup" ||
    isDueNow(world, session) ||
    (session.mode === "subscription" && session.payment_method_collection === "always")
  );
}

function isDueNow(world: World, session: CheckoutSession): boolean {
  const isTrial = session.mode === "subscription" && trialEndOf(world, session.id) !== null;
  return session.mode !== "setup" && !isTrial && (session.amount_total ?? 0) > 0;
}

/** The session with its customer: every subscription has one, a purchase when it was asked for. */
function withCustomer(world: World, session: CheckoutSession, buyer: Buyer): CheckoutSession {
  const email = session.customer_email ?? buyer.email;
  const isNeeded = session.mode === "subscription" || session.customer_creation === "always";
  if (session.customer !== null || !isNeeded) {
    const known = session.customer_details ?? customerDetails(email, buyer.name);
    return world.update("sessions", session.id, { customer_details: known });
  }
  const customer = newCustomer({
    id: world.newId("cus", 14),
    createdSeconds: world.nowSeconds(),
    email,
    name: buyer.name,
    invoicePrefix: "SANDBOX",
  });
  world.insert("customers", customer, "customer.created");
  return world.update("sessions", session.id, { customer: customer.id });
}

/** One payment intent for the session, however often the buyer tries. */
function intentOf(world: World, session: CheckoutSession): string {
  const { paymentIntent, paymentIntentMetadata, setupFutureUsage } = world.must(
    "sessionDetails",
    session.id,
  );
  if (paymentIntent !== null) {
    return paymentIntent;
  }
  const id = world.newId("pi");
  const intent = newPaymentIntent({
    id,
    clientSecret: `${id}_secret_${world.newId("s", 20)}`,
    createdSeconds: world.nowSeconds(),
    amount: session.amount_total ?? 0,
    currency: session.currency ?? "usd",
    customer: session.customer,
    description: session.mode === "subscription" ? "Subscription creation" : null,
    setupFutureUsage: session.mode === "subscription" ? "off_session" : setupFutureUsage,
    metadata: paymentIntentMetadata,
  });
  world.insert("paymentIntents", intent, "payment_intent.created");
  world.update("sessionDetails", session.id, { paymentIntent: id });
  return id;
}

function setupIntentOf(world: World, session: CheckoutSession): string {
  const { setupIntent } = world.must("sessionDetails", session.id);
  if (setupIntent !== null) {
    return setupIntent;
  }
  const { id } = createSetupIntent(world, { customer: session.customer, metadata: {} });
  world.update("sessionDetails", session.id, { setupIntent: id });
  return id;
}
