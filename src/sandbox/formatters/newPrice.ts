import type { Price } from "../entities.ts";

export type Interval = "day" | "month" | "week" | "year";

/** A new price: one-time, or recurring each `interval` times `intervalCount`. */
export function newPrice(fields: {
  id: string;
  createdSeconds: number;
  product: string;
  currency: string;
  unitAmount: number;
  recurring: { interval: Interval; intervalCount: number } | null;
  lookupKey?: string | null | undefined;
  nickname?: string | null | undefined;
  active?: boolean | undefined;
  metadata?: Record<string, string>;
}): Price {
  return {
    id: fields.id,
    object: "price",
    active: fields.active ?? true,
    billing_scheme: "per_unit",
    created: fields.createdSeconds,
    currency: fields.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: fields.lookupKey ?? null,
    metadata: fields.metadata ?? {},
    nickname: fields.nickname ?? null,
    product: fields.product,
    recurring: fields.recurring && {
      interval: fields.recurring.interval,
      interval_count: fields.recurring.intervalCount,
      meter: null,
      trial_period_days: null,
      usage_type: "licensed",
    },
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: fields.recurring === null ? "one_time" : "recurring",
    unit_amount: fields.unitAmount,
    unit_amount_decimal: String(fields.unitAmount),
  };
}
