import type Stripe from "stripe";
import { seededRandom } from "../support/sandboxServer.ts";
import { NUMBERS, type Shop } from "./shop.ts";

const METHODS = [
  "pm_card_visa",
  "pm_card_visa",
  "pm_card_chargeCustomerFail",
  "pm_card_createDispute",
  "pm_card_threeDSecure2Required",
  "pm_sepa_debit_settles",
  "pm_sepa_debit_bounces",
];

/** Chances that follow from a seed. */
export class Dice {
  readonly #random;
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }
  below(count: number): number {
    const [a = 0, b = 0, c = 0] = this.#random.fill(new Uint8Array(3));
    return (a * 65_536 + b * 256 + c) % count;
  }
  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

export type Step = (shop: Shop, dice: Dice) => Promise<unknown>;

async function anySubscription(shop: Shop, dice: Dice): Promise<Stripe.Subscription> {
  const { data } = await shop.stripe.subscriptions.list({ status: "all", limit: 100 });
  return dice.one(data);
}

async function anyInvoice(shop: Shop, dice: Dice): Promise<string> {
  return dice.one((await shop.stripe.invoices.list({ limit: 100 })).data).id ?? "";
}

/** What may happen in a shop, by name. Refusals are part of it. */
export const STEPS_BY_NAME: Record<string, Step> = {
  buyOnThePage: async (shop, dice) => {
    const session = await shop.session({
      ...(dice.below(3) === 0 && { subscription_data: { trial_period_days: 1 + dice.below(20) } }),
    });
    const answer = await shop.pay(session, dice.one(Object.values(NUMBERS)));
    if (answer.location?.includes("/authenticate/")) {
      await shop.sandbox.submit(answer.location, { answer: dice.one(["approve", "decline"]) });
    }
  },
  buyOnce: (shop, dice) => shop.bought(dice.one(Object.values(NUMBERS))),
  leaveThePage: (shop) => shop.session(),
  subscribe: async (shop, dice) => {
    const customer = await shop.customer(dice.one(METHODS));
    await shop.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: shop.monthly.id, quantity: 1 + dice.below(3) }],
      metadata: shop.planMetadata,
      payment_behavior: dice.one(["allow_incomplete", "default_incomplete", "error_if_incomplete"]),
      ...(dice.below(3) === 0 && { trial_period_days: 1 + dice.below(20) }),
      trial_settings: {
        end_behavior: { missing_payment_method: dice.one(["cancel", "create_invoice", "pause"]) },
      },
    });
  },
  change: async (shop, dice) => {
    const subscription = await anySubscription(shop, dice);
    await shop.stripe.subscriptions.update(subscription.id, {
      items: [
        {
          id: subscription.items.data[0]?.id ?? "",
          price: dice.one([shop.monthly, shop.yearly, shop.enterprise]).id,
          quantity: 1 + dice.below(4),
        },
      ],
      proration_behavior: dice.one(["always_invoice", "create_prorations", "none"]),
    });
  },
  changeCard: async (shop, dice) => {
    const { id } = await anySubscription(shop, dice);
    await shop.stripe.subscriptions.update(id, { default_payment_method: dice.one(METHODS) });
  },
  planEnd: async (shop, dice) => {
    const { id } = await anySubscription(shop, dice);
    const { now } = await shop.sandbox.control("/clock");
    await shop.stripe.subscriptions.update(
      id,
      dice.one([
        { cancel_at_period_end: true },
        { cancel_at_period_end: false },
        { cancel_at: Number(now) + dice.below(50) * 86_400 },
      ]),
    );
  },
  cancel: async (shop, dice) =>
    shop.stripe.subscriptions.cancel((await anySubscription(shop, dice)).id),
  pauseCollection: async (shop, dice) => {
    const { id } = await anySubscription(shop, dice);
    const behavior = dice.one(["keep_as_draft", "mark_uncollectible", "void"] as const);
    await shop.stripe.subscriptions.update(id, {
      pause_collection: dice.one(["", { behavior }] as const),
    });
  },
  pause: async (shop, dice) =>
    shop.stripe.subscriptions.pause((await anySubscription(shop, dice)).id),
  resume: async (shop, dice) =>
    shop.stripe.subscriptions.resume((await anySubscription(shop, dice)).id),
  trial: async (shop, dice) => {
    const { now } = await shop.sandbox.control("/clock");
    await shop.stripe.subscriptions.update((await anySubscription(shop, dice)).id, {
      trial_end: dice.one(["now", Number(now) + 10 * 86_400] as const),
    });
  },
  pay: async (shop, dice) =>
    shop.stripe.invoices.pay(await anyInvoice(shop, dice), { payment_method: dice.one(METHODS) }),
  payOutside: async (shop, dice) =>
    shop.stripe.invoices.pay(await anyInvoice(shop, dice), { paid_out_of_band: true }),
  voidInvoice: async (shop, dice) => shop.stripe.invoices.voidInvoice(await anyInvoice(shop, dice)),
  writeOff: async (shop, dice) =>
    shop.stripe.invoices.markUncollectible(await anyInvoice(shop, dice)),
  refund: async (shop, dice) => {
    const charge = dice.one((await shop.stripe.charges.list({ limit: 100 })).data);
    await shop.stripe.refunds.create({
      charge: charge.id,
      ...(dice.below(2) === 0 && { amount: 1 + dice.below(2_000) }),
    });
  },
  authenticate: async (shop, dice) => {
    const { data } = await shop.stripe.paymentIntents.list({ limit: 100 });
    const waiting = data.find(({ status }) => status === "requires_action");
    await shop.sandbox.submit(waiting?.next_action?.redirect_to_url?.url ?? shop.sandbox.url, {
      answer: dice.one(["approve", "decline"]),
    });
  },
  deleteCustomer: async (shop, dice) =>
    shop.stripe.customers.del(dice.one((await shop.stripe.customers.list({})).data).id),
  wait: (shop, dice) => shop.sandbox.advance(1 + dice.below(20 * 86_400)),
  waitLong: (shop, dice) => shop.sandbox.advance(1 + dice.below(60 * 86_400)),
  setting: (shop, dice) =>
    shop.sandbox.control("/settings", {
      after_last_retry: dice.one(["canceled", "unpaid", "past_due"]),
    }),
};

/**
 * Takes a step. A refusal is part of life.
 *
 * @throws whatever else the step throws: a failure of the sandbox's own
 */
export async function takeStep(name: string, shop: Shop, dice: Dice): Promise<void> {
  try {
    await STEPS_BY_NAME[name]?.(shop, dice);
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    const isRefusal = statusCode !== undefined && statusCode < 500;
    // With nothing to choose from yet, the dice show undefined.
    const isEmpty = error instanceof TypeError;
    if (!isRefusal && !isEmpty) {
      throw error;
    }
  }
}
