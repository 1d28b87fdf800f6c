import { createHmac } from "node:crypto";

/** Subscriptions that events are about, in turns: two events about one are never on their way together. */
export const SUBSCRIPTIONS = 1_000;

/** One delivery in this many is an event that was delivered before. */
const ONE_REPEATED_IN = 20;

/** How far back a repeated event lies: long answered, and nothing newer about its subscription yet. */
const REPEATED_AFTER = 200;

/** One event in this many says past_due instead of active. */
const ONE_PAST_DUE_IN = 10;

/** A month ahead, as of subscriptions that run: one whose period is long over would be read from Stripe. */
const FIRST_PERIOD_END = Math.floor(Date.now() / 1_000) + 30 * 24 * 3_600;
const SECONDS_PER_EVENT = 60;

export interface Delivery {
  /** Counts unique events from 0; the same for a repeated one. */
  readonly number: number;
  readonly body: Buffer;
  readonly signature: string;
}

export const subscriptionId = (place: number) => `sub_bench${place}`;
export const customerId = (place: number) => `cus_bench${place}`;
export const itemId = (place: number) => `si_bench${place}`;

/** What `current_period_end` of the subscription's item is after event `number`, in Unix seconds. */
export const periodEnd = (number: number) => FIRST_PERIOD_END + number * SECONDS_PER_EVENT;

/**
 * Deliveries of `customer.subscription.updated` events about {@link SUBSCRIPTIONS} subscriptions, each of
 * them made and signed when it is taken.
 */
export class Deliveries {
  readonly #secret: string;
  readonly #metadata: (place: number) => Readonly<Record<string, string>>;
  #unique = 0;
  #taken = 0;

  /** @param metadata what a contestant wants to find on each subscription, to know whose it is */
  constructor(
    secret: string,
    metadata: (place: number) => Readonly<Record<string, string>> = () => ({}),
  ) {
    this.#secret = secret;
    this.#metadata = metadata;
  }

  next(): Delivery {
    this.#taken++;
    const repeats = this.#taken % ONE_REPEATED_IN === 0 && this.#unique > REPEATED_AFTER;
    return this.#sign(repeats ? this.#unique - REPEATED_AFTER : this.#unique++);
  }

  #sign(number: number): Delivery {
    const place = number % SUBSCRIPTIONS;
    const body = Buffer.from(JSON.stringify(eventAbout(number, place, this.#metadata(place))));
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const hex = createHmac("sha256", this.#secret)
      .update(`${timestampSeconds}.`)
      .update(body)
      .digest("hex");
    return { number, body, signature: `t=${timestampSeconds},v1=${hex}` };
  }
}

/** All fields of a subscription that Stripe sends, about 3.5 KB with its event. */
function eventAbout(number: number, place: number, metadata: Readonly<Record<string, string>>) {
  const ended = periodEnd(number);
  const status = statusOf(number);
  return {
    id: `evt_bench${number}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: ended - 1,
    data: {
      object: subscription(place, status, ended, metadata),
      previous_attributes: previousAttributes(number, place),
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: "customer.subscription.updated",
  };
}

/** As `past_due` recurs in step with the subscriptions, each turn of them shifts it by one. */
function statusOf(number: number): "past_due" | "active" {
  const turn = Math.floor(number / SUBSCRIPTIONS);
  return (number + turn) % ONE_PAST_DUE_IN === 0 ? "past_due" : "active";
}

/** What the event before it about the same subscription said of the fields that it changes. */
function previousAttributes(number: number, place: number) {
  const before = number - SUBSCRIPTIONS;
  const ended = periodEnd(before);
  return {
    items: { data: [item(place, ended)] },
    latest_invoice: `in_bench${ended}`,
    ...(statusOf(before) !== statusOf(number) && { status: statusOf(before) }),
  };
}

function subscription(
  place: number,
  status: string,
  ended: number,
  metadata: Readonly<Record<string, string>>,
) {
  return {
    id: subscriptionId(place),
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: FIRST_PERIOD_END,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: "classic" },
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: "charge_automatically",
    created: FIRST_PERIOD_END,
    currency: "usd",
    customer: customerId(place),
    days_until_due: null,
    default_payment_method: `pm_bench${place}`,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: "self" } },
    items: {
      object: "list",
      data: [item(place, ended)],
      has_more: false,
      total_count: 1,
      url: `/v1/subscription_items?subscription=${subscriptionId(place)}`,
    },
    latest_invoice: `in_bench${ended}`,
    livemode: false,
    metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    plan: plan(),
    quantity: 1,
    schedule: null,
    start_date: FIRST_PERIOD_END,
    status,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: "create_invoice" } },
    trial_start: null,
  };
}

function item(place: number, ended: number) {
  return {
    id: itemId(place),
    object: "subscription_item",
    billing_thresholds: null,
    created: FIRST_PERIOD_END,
    current_period_end: ended,
    current_period_start: ended - SECONDS_PER_EVENT,
    discounts: [],
    metadata: {},
    plan: plan(),
    price: {
      id: "price_bench",
      object: "price",
      active: true,
      billing_scheme: "per_unit",
      created: FIRST_PERIOD_END,
      currency: "usd",
      custom_unit_amount: null,
      livemode: false,
      lookup_key: "professional_monthly",
      metadata: {},
      nickname: null,
      product: "prod_bench",
      recurring: { interval: "month", interval_count: 1, meter: null, usage_type: "licensed" },
      tax_behavior: "unspecified",
      tiers_mode: null,
      transform_quantity: null,
      type: "recurring",
      unit_amount: 2_900,
      unit_amount_decimal: "2900",
    },
    quantity: 1,
    subscription: subscriptionId(place),
    tax_rates: [],
  };
}

function plan() {
  return {
    id: "price_bench",
    object: "plan",
    active: true,
    amount: 2_900,
    amount_decimal: "2900",
    billing_scheme: "per_unit",
    created: FIRST_PERIOD_END,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    livemode: false,
    metadata: {},
    meter: null,
    nickname: null,
    product: "prod_bench",
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
}
