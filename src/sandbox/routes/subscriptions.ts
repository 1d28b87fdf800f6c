import { z } from "zod";
import { page } from "../api/page.ts";
import {
  clearable,
  flag,
  inRange,
  integer,
  list,
  mergeMetadata,
  metadata,
  paging,
  range,
  text,
  timestamp,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { cancelSubscription } from "../billing/cancelSubscription.ts";
import { changeSubscription } from "../billing/changeSubscription.ts";
import { collectInvoice, defaultMethodOf } from "../billing/collectInvoice.ts";
import { createSubscription } from "../billing/createSubscription.ts";
import { chosenDiscount } from "../billing/discounts.ts";
import { paymentOf } from "../billing/invoices.ts";
import { resumeSubscription } from "../billing/resumeSubscription.ts";
import type { Subscription } from "../entities.ts";
import { NOT_CANCELLED } from "../formatters/newSubscription.ts";
import { attachPaymentMethod, paymentMethodOf } from "../payments/paymentMethods.ts";
import { invalidRequest, resourceMissing } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { cardError } from "./paymentIntents.ts";

const quantity = integer.pipe(z.int().min(0).max(1_000_000));
const prorationBehavior = z.enum(["always_invoice", "create_prorations", "none"]);
const discounts = list(
  z.strictObject({ coupon: text.optional(), promotion_code: text.optional() }),
  1,
);
const trialSettings = z.strictObject({
  end_behavior: z.strictObject({
    missing_payment_method: z.enum(["cancel", "create_invoice", "pause"]),
  }),
});
const cancellationDetails = z.strictObject({
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

const creation = z.strictObject({
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

const change = z.strictObject({
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

export type SubscriptionChange = z.output<typeof change>;

const STATUSES = [
  "active",
  "all",
  "canceled",
  "ended",
  "incomplete",
  "incomplete_expired",
  "past_due",
  "paused",
  "trialing",
  "unpaid",
] as const;

/** `/v1/subscriptions` and `/v1/subscription_items`. */
export const subscriptionRoutes: readonly Route[] = [
  route("POST", "/v1/subscriptions", creation, (world, given, { origin }) =>
    create(world, given, origin),
  ),

  route(
    "GET",
    "/v1/subscriptions",
    z.strictObject({
      ...paging,
      customer: text.optional(),
      price: text.optional(),
      status: z.enum(STATUSES).optional(),
      created: range.optional(),
    }),
    (world, { customer, price, status, created, ...paged }) =>
      page(
        "/v1/subscriptions",
        world.store
          .all("subscriptions")
          .filter(
            (subscription) =>
              (customer ?? subscription.customer) === subscription.customer &&
              (price === undefined ||
                subscription.items.data.some((item) => item.price.id === price)) &&
              hasStatus(subscription, status) &&
              inRange(subscription.created, created),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/subscriptions/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("subscriptions", id, "subscription"),
  ),

  route("POST", "/v1/subscriptions/:id", change, (world, given, { id, origin }) =>
    changeSubscription(world, alive(world, id), given, origin),
  ),

  route(
    "DELETE",
    "/v1/subscriptions/:id",
    z.strictObject({
      cancellation_details: cancellationDetails.optional(),
      invoice_now: z.enum(["false"]).optional(),
      prorate: z.enum(["false"]).optional(),
    }),
    (world, given, { id }) => {
      const subscription = alive(world, id);
      const details = {
        ...(subscription.cancellation_details ?? NOT_CANCELLED),
        ...given.cancellation_details,
      } as Subscription["cancellation_details"];
      const asked = { ...subscription, cancellation_details: details };
      return cancelSubscription(world, asked, "cancellation_requested");
    },
  ),

  route(
    "POST",
    "/v1/subscriptions/:id/resume",
    z.strictObject({
      billing_cycle_anchor: z.enum(["now"]).optional(),
      proration_behavior: prorationBehavior.optional(),
    }),
    (world, _given, { id, origin }) =>
      resumeSubscription(world, world.find("subscriptions", id, "subscription"), origin),
  ),

  route(
    "GET",
    "/v1/subscription_items",
    z.strictObject({ ...paging, subscription: text }),
    (world, { subscription, ...paged }) =>
      page(
        `/v1/subscription_items?subscription=${subscription}`,
        world
          .find("subscriptions", subscription, "subscription", "subscription")
          .items.data.toReversed(),
        paged,
      ),
  ),
];

function create(world: World, given: z.output<typeof creation>, origin: string): Subscription {
  const customer = world.find("customers", given.customer, "customer", "customer");
  const trialEndSeconds = trialEnd(world, given);
  const methodId = attachedMethod(world, given.default_payment_method, customer.id);
  const created = createSubscription(world, {
    customer: customer.id,
    items: given.items.map(({ price, quantity: wanted = 1, metadata: marks }, index) => ({
      price: world.find("prices", price, "price", `items[${index}][price]`),
      quantity: wanted,
      metadata: mergeMetadata({}, marks),
    })),
    defaultPaymentMethod: methodId,
    description: given.description ?? null,
    metadata: mergeMetadata({}, given.metadata),
    trialEndSeconds,
    missingPaymentMethod:
      given.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
    discounts: (given.discounts ?? []).map((named) => chosenDiscount(world, named)),
    automaticTax: given.automatic_tax?.enabled ?? false,
    checkoutSession: null,
    statusBeforePayment: "incomplete",
    paymentIntent: null,
  });
  if (created.status === "incomplete" && given.payment_behavior !== "default_incomplete") {
    payFirst(world, created, given, origin);
  }
  const { cancel_at, cancel_at_period_end } = given;
  return changeSubscription(
    world,
    world.must("subscriptions", created.id),
    { cancel_at, cancel_at_period_end },
    origin,
  );
}

/** @throws StripeError when there is nothing to pay with, or the payment must not fail and does */
function payFirst(
  world: World,
  subscription: Subscription,
  given: z.output<typeof creation>,
  origin: string,
): void {
  if (defaultMethodOf(world, subscription) === null) {
    throw invalidRequest(
      "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
      { code: "resource_missing" },
    );
  }
  const isPresent = given.off_session !== true;
  const invoiceId = subscription.latest_invoice ?? "";
  collectInvoice(world, invoiceId, { isPresent, methodId: null, origin });
  if (
    given.payment_behavior === "error_if_incomplete" &&
    world.must("subscriptions", subscription.id).status === "incomplete"
  ) {
    const intentId = paymentOf(world, invoiceId).payment.payment_intent ?? "";
    const { message, code } = cardError(world.must("paymentIntents", intentId));
    // Not a card_error, whose traces would stay: here nothing is to be left.
    throw invalidRequest(message, { status: 402, ...(code !== undefined && { code }) });
  }
}

function attachedMethod(world: World, id: string | undefined, customer: string): string | null {
  return id === undefined
    ? null
    : attachPaymentMethod(world, paymentMethodOf(world, id, "default_payment_method"), customer).id;
}

function trialEnd(world: World, given: z.output<typeof creation>): number | null {
  if (given.trial_end !== undefined && given.trial_period_days !== undefined) {
    throw invalidRequest("You cannot set both trial_end and trial_period_days.", {
      param: "trial_end",
    });
  }
  if (typeof given.trial_end === "number") {
    if (given.trial_end <= world.nowSeconds()) {
      throw invalidRequest("Invalid trial_end: must be in the future.", { param: "trial_end" });
    }
    return given.trial_end;
  }
  const days = given.trial_period_days ?? 0;
  return days === 0 ? null : world.nowSeconds() + days * 24 * 3_600;
}

/** A subscription that has not ended. @throws StripeError */
function alive(world: World, id: string): Subscription {
  const subscription = world.find("subscriptions", id, "subscription");
  if (subscription.status === "canceled" || subscription.status === "incomplete_expired") {
    throw resourceMissing("subscription", id);
  }
  return subscription;
}

function hasStatus(
  { status }: Subscription,
  wanted: (typeof STATUSES)[number] | undefined,
): boolean {
  switch (wanted) {
    case undefined:
      return status !== "canceled";
    case "all":
      return true;
    case "ended":
      return status === "canceled" || status === "incomplete_expired";
    default:
      return status === wanted;
  }
}
