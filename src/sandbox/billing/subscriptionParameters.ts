import { z } from "zod";
import { clearable, flag, integer, list, metadata, text, timestamp } from "../api/parameters.ts";

/** The parameters of subscriptions that the sandbox imitates. */

const quantity = integer.pipe(z.int().min(0).max(1_000_000));
export const prorationBehavior = z.enum(["always_invoice", "create_prorations", "none"]);
const discounts = list(
  z.strictObject({ coupon: text.optional(), promotion_code: text.optional() }),
  1,
);
const trialSettings = z.strictObject({
  end_behavior: z.strictObject({
    missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
  }),
});
export const cancellationDetails = z.strictObject({
  comment: clearable(text).optional(),
  feedback: z
    .enum([
      "customer_service",
      "low_quality",
      "missing_features",
      "other",
      "switched_service",
      "too_complex",
      "too_expensive",
      "unused",
    ])
    .optional(),
});

const both = {
  default_payment_method: text.optional(),
  description: clearable(text).optional(),
  metadata: metadata.optional(),
  discounts: discounts.optional(),
  cancel_at: clearable(timestamp).optional(),
  cancel_at_period_end: flag.optional(),
  trial_settings: trialSettings.optional(),
  proration_behavior: prorationBehavior.optional(),
  off_session: flag.optional(),
  automatic_tax: z.strictObject({ enabled: flag }).optional(),
  collection_method: z.enum(["charge_automatically"]).optional(),
};

/** Of `POST /v1/subscriptions`. */
export const subscriptionCreation = z.strictObject({
  ...both,
  customer: text,
  items: z.array(
    z.strictObject({ price: text, quantity: quantity.optional(), metadata: metadata.optional() }),
  ),
  payment_behavior: z
    .enum(["allow_incomplete", "default_incomplete", "error_if_incomplete"])
    .optional(),
  trial_period_days: integer.pipe(z.int().min(0).max(730)).optional(),
  trial_end: z.union([z.literal("now"), timestamp]).optional(),
});

/** Of `POST /v1/subscriptions/:id`. */
export const subscriptionChange = z.strictObject({
  ...both,
  items: z
    .array(
      z.strictObject({
        id: text.optional(),
        price: text.optional(),
        quantity: quantity.optional(),
        deleted: flag.optional(),
        metadata: metadata.optional(),
      }),
    )
    .optional(),
  trial_end: z.union([z.literal("now"), timestamp]).optional(),
  pause_collection: clearable(
    z.strictObject({
      behavior: z.enum(["keep_as_draft", "mark_uncollectible", "void"]),
      resumes_at: timestamp.optional(),
    }),
  ).optional(),
  cancellation_details: cancellationDetails.optional(),
  payment_behavior: z.enum(["allow_incomplete"]).optional(),
});

export type SubscriptionCreation = z.output<typeof subscriptionCreation>;

export type SubscriptionChange = z.output<typeof subscriptionChange>;
