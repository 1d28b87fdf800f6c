import { z } from "zod";
import {
  currency,
  flag,
  integer,
  list,
  metadata,
  text,
  timestamp,
  webUrl,
} from "../api/parameters.ts";
import { priceData } from "../billing/createPrice.ts";

/** The parameters of `POST /v1/checkout/sessions` that the sandbox imitates. */
export const sessionCreation = z.strictObject({
  mode: z.enum(["payment", "setup", "subscription"]),
  line_items: list(
    z.strictObject({
      price: text.optional(),
      price_data: z
        .strictObject({
          ...priceData,
          product: text.optional(),
          product_data: z.strictObject({ name: text, metadata: metadata.optional() }).optional(),
        })
        .optional(),
      quantity: integer.pipe(z.int().min(1).max(999_999)).optional(),
      adjustable_quantity: z
        .strictObject({
          enabled: flag,
          minimum: integer.pipe(z.int().min(0).max(999_999)).optional(),
          maximum: integer.pipe(z.int().min(1).max(999_999)).optional(),
        })
        .optional(),
    }),
  ).optional(),
  success_url: webUrl,
  cancel_url: webUrl.optional(),
  customer: text.optional(),
  customer_email: z.string().max(512).optional(),
  customer_creation: z.enum(["always", "if_required"]).optional(),
  customer_update: z
    .strictObject({
      address: z.enum(["auto", "never"]).optional(),
      name: z.enum(["auto", "never"]).optional(),
    })
    .optional(),
  client_reference_id: z.string().min(1).max(200).optional(),
  currency: currency.optional(),
  metadata: metadata.optional(),
  subscription_data: z
    .strictObject({
      description: text.optional(),
      metadata: metadata.optional(),
      trial_end: timestamp.optional(),
      trial_period_days: integer.pipe(z.int().min(1).max(730)).optional(),
      trial_settings: z
        .strictObject({
          end_behavior: z.strictObject({
            missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
          }),
        })
        .optional(),
    })
    .optional(),
  payment_intent_data: z
    .strictObject({
      metadata: metadata.optional(),
      setup_future_usage: z.enum(["off_session", "on_session"]).optional(),
    })
    .optional(),
  allow_promotion_codes: flag.optional(),
  allowed_payment_method_types: z
    .array(z.enum(["card", "sepa_debit"]))
    .min(1)
    .max(2)
    .optional(),
  discounts: list(
    z.strictObject({ coupon: text.optional(), promotion_code: text.optional() }),
    1,
  ).optional(),
  automatic_tax: z.strictObject({ enabled: flag }).optional(),
  expires_at: timestamp.optional(),
  payment_method_collection: z.enum(["always", "if_required"]).optional(),
  ui_mode: z.enum(["hosted_page"]).optional(),
  submit_type: z.enum(["auto", "book", "donate", "pay", "subscribe"]).optional(),
  locale: z.enum(["auto", "en"]).optional(),
});

export type SessionCreation = z.output<typeof sessionCreation>;
