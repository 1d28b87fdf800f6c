import type Stripe from "stripe";
import { DAY, type PageAnswer, type TestSandbox } from "../support/sandboxServer.ts";

/** The test numbers by what they do. */
export const NUMBERS = {
  good: "4242424242424242",
  declined: "4000000000000002",
  insufficient: "4000000000009995",
  secure: "4000000000003220",
  disputed: "4000000000000259",
  declinedLater: "4000000000000341",
  refundPending: "4000000000007726",
  refundFails: "4000000000005126",
  sepa: "AT321904300235473204",
  sepaBounces: "AT051904300235473205",
} as const;

export const SUCCESS_URL = "https://shop.example/done?session={CHECKOUT_SESSION_ID}";

/** A shop that sells through a sandbox, with the SDK for its server and HTTP forms for its buyers. */
export interface Shop {
  readonly sandbox: TestSandbox;
  readonly stripe: Stripe;
  /** On everything that is bought. */
  readonly planMetadata: Record<string, string>;
  readonly monthly: Stripe.Price;
  readonly yearly: Stripe.Price;
  readonly enterprise: Stripe.Price;
  readonly once: Stripe.Price;
  customer(method?: string): Promise<Stripe.Customer>;
  session(params?: Partial<Stripe.Checkout.SessionCreateParams>): Promise<Stripe.Checkout.Session>;
  pay(session: Stripe.Checkout.Session, number: string): Promise<PageAnswer>;
  /** A customer who bought the monthly plan through the hosted page. */
  subscribed(
    number?: string,
    params?: Partial<Stripe.Checkout.SessionCreateParams>,
  ): Promise<{ session: Stripe.Checkout.Session; subscription: Stripe.Subscription }>;
  /** A one-time purchase through the hosted page. */
  bought(
    number?: string,
  ): Promise<{ session: Stripe.Checkout.Session; intent: Stripe.PaymentIntent }>;
  reread(subscription: Stripe.Subscription): Promise<Stripe.Subscription>;
  latestInvoice(subscription: Stripe.Subscription): Promise<Stripe.Invoice>;
  portal(customer: string, fields: Record<string, string>): Promise<PageAnswer>;
  days(count: number): Promise<void>;
}

/** @param planId what is bought names it, so that a gateway knows whose it is */
export async function openShop(sandbox: TestSandbox, planId: string | null = null): Promise<Shop> {
  const { stripe } = sandbox;
  const planMetadata: Record<string, string> = planId === null ? {} : { planId };
  const product = await stripe.products.create({ name: "Professional" });
  const price = (unit_amount: number, lookup_key: string, interval?: "month" | "year") =>
    stripe.prices.create({
      product: product.id,
      currency: "eur",
      unit_amount,
      lookup_key,
      ...(interval && { recurring: { interval } }),
    });
  const monthly = await price(1_900, "professional_monthly", "month");
  const yearly = await price(19_000, "professional_yearly", "year");
  const enterprise = await price(9_900, "enterprise_monthly", "month");
  const once = await price(5_000, "lifetime");
  const session: Shop["session"] = async (params = {}) =>
    stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: monthly.id, quantity: 1 }],
      success_url: SUCCESS_URL,
      cancel_url: "https://shop.example/pricing",
      ...(planId !== null && { client_reference_id: planId }),
      ...params,
      ...(params.mode === "setup" && { line_items: [], currency: "eur" }),
    });
  const shop: Shop = {
    sandbox,
    stripe,
    planMetadata,
    monthly,
    yearly,
    enterprise,
    once,
    customer: async (method) =>
      stripe.customers.create({
        email: "buyer@example.org",
        metadata: { account_id: "account-1" },
        ...(method !== undefined && {
          payment_method: method,
          invoice_settings: { default_payment_method: method },
        }),
      }),
    session,
    pay: (open, number) =>
      sandbox.submit(open.url ?? "", { method: number, email: "buyer@example.org", name: "Buyer" }),
    subscribed: async (number = NUMBERS.good, params = {}) => {
      const customer = await shop.customer();
      const open = await session({ customer: customer.id, ...params });
      await shop.pay(open, number);
      const paid = await stripe.checkout.sessions.retrieve(open.id);
      return {
        session: paid,
        subscription: await stripe.subscriptions.retrieve(String(paid.subscription)),
      };
    },
    bought: async (number = NUMBERS.good) => {
      const open = await session({
        mode: "payment",
        line_items: [{ price: once.id, quantity: 1 }],
        client_reference_id: planId ?? "account-1",
        payment_intent_data: { metadata: { account_id: "account-1" } },
      });
      await shop.pay(open, number);
      const paid = await stripe.checkout.sessions.retrieve(open.id);
      const intent = await stripe.paymentIntents.retrieve(String(paid.payment_intent));
      return { session: paid, intent };
    },
    reread: ({ id }) => stripe.subscriptions.retrieve(id),
    latestInvoice: async ({ id }) => {
      const { latest_invoice } = await stripe.subscriptions.retrieve(id);
      return stripe.invoices.retrieve(String(latest_invoice));
    },
    portal: async (customer, fields) => {
      const opened = await stripe.billingPortal.sessions.create({
        customer,
        return_url: "https://shop.example/account",
      });
      return sandbox.submit(opened.url, fields);
    },
    days: (count) => sandbox.advance(Math.round(count * DAY)),
  };
  return shop;
}
