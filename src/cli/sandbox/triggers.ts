import type Stripe from "stripe";
import type { SandboxConnection } from "./SandboxConnection.ts";

/** Whose plan it is about. */
export interface TriggerContext extends SandboxConnection {
  planId: string;
}

const MINUTES_UNTIL_DEBIT = 4;

/** The steps that let the sandbox come to an event by itself, by the event's type. */
export const TRIGGERS: Readonly<Record<string, (context: TriggerContext) => Promise<unknown>>> = {
  "checkout.session.completed": (context) => buy(context, "4242424242424242"),
  "checkout.session.async_payment_succeeded": (context) => debit(context, "AT321904300235473204"),
  "checkout.session.async_payment_failed": (context) => debit(context, "AT051904300235473205"),
  "checkout.session.expired": async (context) =>
    context.stripe.checkout.sessions.expire((await openSession(context)).id),
  "customer.subscription.created": (context) => subscribe(context),
  "customer.subscription.updated": async ({ stripe, ...rest }) => {
    const { id, cancel_at_period_end } = await subscription({ stripe, ...rest });
    return await stripe.subscriptions.update(id, { cancel_at_period_end: !cancel_at_period_end });
  },
  "customer.subscription.deleted": async (context) =>
    context.stripe.subscriptions.cancel((await subscription(context)).id),
  "invoice.paid": (context) => subscribe(context),
  "invoice.payment_failed": (context) => subscribe(context, "pm_card_chargeCustomerFail"),
  "charge.refunded": async (context) =>
    context.stripe.refunds.create({ charge: await newestCharge(context) }),
  "charge.dispute.created": async (context) =>
    context.control("/disputes", { charge: await newestCharge(context) }),
  "customer.deleted": async (context) =>
    context.stripe.customers.del(String((await subscription(context)).customer)),
};

/** The owner's subscription that lives, or a new one. */
async function subscription(context: TriggerContext): Promise<Stripe.Subscription> {
  const { data } = await context.stripe.subscriptions.list({ status: "active", limit: 100 });
  const own = data.find(({ metadata }) => metadata["planId"] === context.planId);
  return own ?? (await subscribe(context));
}

async function subscribe(
  { stripe, planId }: TriggerContext,
  method = "pm_card_visa",
): Promise<Stripe.Subscription> {
  const customer = await stripe.customers.create({
    payment_method: method,
    invoice_settings: { default_payment_method: method },
  });
  return await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: await professionalPrice(stripe) }],
    metadata: { planId },
  });
}

/** The charge that pays for the owner's subscription. */
async function newestCharge(context: TriggerContext): Promise<string> {
  const { customer } = await subscription(context);
  const { data } = await context.stripe.charges.list({ customer: String(customer), limit: 1 });
  return data[0]?.id ?? "";
}

async function buy(context: TriggerContext, method: string): Promise<void> {
  const { url } = await openSession(context);
  const response = await fetch(url ?? "", {
    method: "POST",
    body: new URLSearchParams({ method, email: "buyer@example.org" }),
    redirect: "manual",
  });
  await response.body?.cancel();
}

async function debit(context: TriggerContext, number: string): Promise<void> {
  await buy(context, number);
  await context.control("/clock/advance", { seconds: MINUTES_UNTIL_DEBIT * 60 });
}

async function openSession({ stripe, planId }: TriggerContext): Promise<Stripe.Checkout.Session> {
  return await stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: await professionalPrice(stripe), quantity: 1 }],
    client_reference_id: planId,
    subscription_data: { metadata: { planId } },
    success_url: "https://shop.example/done",
  });
}

async function professionalPrice(stripe: Stripe): Promise<string> {
  const { data } = await stripe.prices.list({ lookup_keys: ["professional_monthly"] });
  return data[0]?.id ?? "";
}
