import { wholeList } from "../api/page.ts";
import type { Price, Subscription, SubscriptionItem } from "../entities.ts";

/** A new subscription; the caller decides its first status. */
export function newSubscription(fields: {
  id: string;
  createdSeconds: number;
  status: "active" | "incomplete" | "trialing";
  customer: string;
  currency: string;
  items: SubscriptionItem[];
  defaultPaymentMethod: string | null;
  description: string | null;
  metadata: Record<string, string>;
  trialEndSeconds: number | null;
  missingPaymentMethod: "cancel" | "create_invoice" | "pause";
  automaticTax: boolean;
}): Subscription {
  return {
    id: fields.id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: fields.automaticTax, liability: null },
    billing_cycle_anchor: fields.trialEndSeconds ?? fields.createdSeconds,
    billing_cycle_anchor_config: null,
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: NOT_CANCELLED,
    collection_method: "charge_automatically",
    created: fields.createdSeconds,
    currency: fields.currency,
    customer: fields.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: fields.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: fields.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: itemList(fields.id, fields.items),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: fields.metadata,
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
    schedule: null,
    start_date: fields.createdSeconds,
    status: fields.status,
    test_clock: null,
    transfer_data: null,
    trial_end: fields.trialEndSeconds,
    trial_settings: {
      end_behavior: {
        billing_cycle_anchor: null,
        missing_payment_method: fields.missingPaymentMethod,
      },
    },
    trial_start: fields.trialEndSeconds === null ? null : fields.createdSeconds,
  };
}

/** `cancellation_details` while nobody asked for an end. */
export const NOT_CANCELLED: Subscription["cancellation_details"] = {
  comment: null,
  feedback: null,
  feedback_option: null,
  reason: null,
};

/** `items` of a subscription. */
export function itemList(subscription: string, items: SubscriptionItem[]): Subscription["items"] {
  return wholeList(`/v1/subscription_items?subscription=${subscription}`, items);
}

/** A new item of a subscription. */
export function newSubscriptionItem(fields: {
  id: string;
  createdSeconds: number;
  subscription: string;
  price: Price;
  quantity: number;
  period: { startSeconds: number; endSeconds: number };
  metadata: Record<string, string>;
}): SubscriptionItem {
  return {
    id: fields.id,
    object: "subscription_item",
    billing_thresholds: null,
    created: fields.createdSeconds,
    current_period_end: fields.period.endSeconds,
    current_period_start: fields.period.startSeconds,
    current_trial: null,
    discounts: [],
    metadata: fields.metadata,
    plan: planOf(fields.price),
    price: fields.price,
    quantity: fields.quantity,
    subscription: fields.subscription,
    tax_rates: [],
  };
}

/** The old form of a price, which Stripe still sends with each item. */
export function planOf(price: Price): SubscriptionItem["plan"] {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
}
