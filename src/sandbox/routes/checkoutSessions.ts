import { z } from "zod";
import { page } from "../api/page.ts";
import {
  currency,
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
  webUrl,
} from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { checkRecurring } from "../billing/createSubscription.ts";
import { chosenDiscount, discountedItems } from "../billing/discounts.ts";
import { expireSession } from "../checkout/expireSession.ts";
import type { CheckoutSession, Price, SessionLineItem } from "../entities.ts";
import { newCheckoutSession } from "../formatters/newCheckoutSession.ts";
import { newProduct } from "../formatters/newProduct.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import { createPrice, priceData } from "./prices.ts";

const DAY_SECONDS = 24 * 3_600;
const SHORTEST_SECONDS = 1_800;
/** A trial needs this long, so that there is time to take the first payment. */
const SHORTEST_TRIAL_SECONDS = 2 * DAY_SECONDS;

const creation = z.strictObject({
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

type Creation = z.output<typeof creation>;

/** `/v1/checkout/sessions`, with hosted pages only. */
export const checkoutSessionRoutes: readonly Route[] = [
  route("POST", "/v1/checkout/sessions", creation, (world, given, { origin }) =>
    create(world, given, origin),
  ),

  route(
    "GET",
    "/v1/checkout/sessions",
    z.strictObject({
      ...paging,
      customer: text.optional(),
      subscription: text.optional(),
      payment_intent: text.optional(),
      status: z.enum(["complete", "expired", "open"]).optional(),
      created: range.optional(),
    }),
    (world, { customer, subscription, payment_intent, status, created, ...paged }) =>
      page(
        "/v1/checkout/sessions",
        world.store
          .all("sessions")
          .filter(
            (session) =>
              (customer ?? session.customer) === session.customer &&
              (subscription ?? session.subscription) === session.subscription &&
              (payment_intent ?? session.payment_intent) === session.payment_intent &&
              (status ?? session.status) === session.status &&
              inRange(session.created, created),
          ),
        paged,
      ),
  ),

  route("GET", "/v1/checkout/sessions/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("sessions", id, "checkout.session"),
  ),

  route(
    "GET",
    "/v1/checkout/sessions/:id/line_items",
    z.strictObject(paging),
    (world, paged, { id }) => {
      world.find("sessions", id, "checkout.session");
      const items = world.must("sessionDetails", id).lineItems.toReversed();
      return page(`/v1/checkout/sessions/${id}/line_items`, items, paged);
    },
  ),

  route("POST", "/v1/checkout/sessions/:id/expire", z.strictObject({}), (world, _given, { id }) => {
    const session = world.find("sessions", id, "checkout.session");
    if (session.status !== "open") {
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      );
    }
    return expireSession(world, session);
  }),
];

function create(world: World, given: Creation, origin: string): CheckoutSession {
  check(world, given);
  const id = world.newId("cs_test", 58);
  const nowSeconds = world.nowSeconds();
  const expiresAtSeconds = given.expires_at ?? nowSeconds + DAY_SECONDS;
  const chosen = (given.discounts ?? []).map((named) => chosenDiscount(world, named));
  const plain = (given.line_items ?? []).map((item, index) => lineItem(world, item, index, given));
  const lineItems = chosen.reduce((items, { coupon }) => discountedItems(items, coupon), plain);
  const session = newCheckoutSession({
    id,
    createdSeconds: nowSeconds,
    expiresAtSeconds,
    mode: given.mode,
    url: `${origin}/checkout/${id}`,
    successUrl: given.success_url,
    cancelUrl: given.cancel_url ?? null,
    currency: lineItems[0]?.currency ?? given.currency ?? null,
    lineItems,
    customer:
      given.customer === undefined
        ? null
        : world.find("customers", given.customer, "customer", "customer"),
    customerEmail: given.customer_email ?? null,
    customerCreation:
      given.customer !== undefined || given.mode === "subscription"
        ? null
        : (given.customer_creation ?? "if_required"),
    clientReferenceId: given.client_reference_id ?? null,
    metadata: mergeMetadata({}, given.metadata),
    allowPromotionCodes: given.allow_promotion_codes ?? null,
    automaticTax: given.automatic_tax?.enabled ?? false,
    paymentMethodCollection: given.payment_method_collection ?? "always",
    discounts: chosen.map(({ coupon, promotionCode }) => ({
      coupon: promotionCode === null ? coupon.id : null,
      promotion_code: promotionCode,
    })),
    locale: given.locale ?? null,
    submitType: given.submit_type ?? null,
  });
  const { subscription_data, payment_intent_data } = given;
  world.store.insert("sessionDetails", {
    id,
    lineItems,
    paymentIntentMetadata: mergeMetadata({}, payment_intent_data?.metadata),
    setupFutureUsage: payment_intent_data?.setup_future_usage ?? null,
    subscription: {
      metadata: mergeMetadata({}, subscription_data?.metadata),
      description: subscription_data?.description ?? null,
      trialEndSeconds: subscription_data?.trial_end ?? null,
      trialPeriodDays: subscription_data?.trial_period_days ?? null,
      missingPaymentMethod:
        subscription_data?.trial_settings?.end_behavior.missing_payment_method ?? "create_invoice",
    },
    paymentIntent: null,
    setupIntent: null,
  });
  world.schedule("session_expiry", id, expiresAtSeconds);
  return world.insert("sessions", session);
}

/** What cannot go together. @throws StripeError */
function check(world: World, given: Creation): void {
  const lifeSeconds = (given.expires_at ?? world.nowSeconds() + DAY_SECONDS) - world.nowSeconds();
  const trialEnd = given.subscription_data?.trial_end;
  const rules: [boolean, string, string][] = [
    [
      given.mode !== "setup" && (given.line_items ?? []).length === 0,
      "You must provide at least one line item.",
      "line_items",
    ],
    [
      given.mode === "setup" && (given.line_items ?? []).length > 0,
      "You can not pass `line_items` in `setup` mode.",
      "line_items",
    ],
    [
      given.allow_promotion_codes === true && given.discounts !== undefined,
      "You may only specify one of these parameters: allow_promotion_codes, discounts.",
      "allow_promotion_codes",
    ],
    [
      given.customer !== undefined && given.customer_email !== undefined,
      "You may only specify one of these parameters: customer, customer_email.",
      "customer",
    ],
    [
      given.mode === "subscription" && given.payment_intent_data !== undefined,
      "You can not pass `payment_intent_data` in `subscription` mode.",
      "payment_intent_data",
    ],
    [
      given.mode !== "subscription" && given.subscription_data !== undefined,
      "You can only pass `subscription_data` in `subscription` mode.",
      "subscription_data",
    ],
    [
      given.mode === "subscription" && given.customer_creation !== undefined,
      "`customer_creation` can only be used in `payment` and `setup` mode.",
      "customer_creation",
    ],
    [
      lifeSeconds < SHORTEST_SECONDS || lifeSeconds > DAY_SECONDS,
      "`expires_at` must be 30 minutes to 24 hours from now.",
      "expires_at",
    ],
    [
      trialEnd !== undefined && trialEnd < world.nowSeconds() + SHORTEST_TRIAL_SECONDS,
      "The `trial_end` date has to be at least 2 days in the future.",
      "subscription_data[trial_end]",
    ],
    [
      trialEnd !== undefined && given.subscription_data?.trial_period_days !== undefined,
      "You may only specify one of these parameters: trial_end, trial_period_days.",
      "subscription_data[trial_end]",
    ],
  ];
  for (const [isBroken, message, param] of rules) {
    if (isBroken) {
      throw invalidRequest(message, { param });
    }
  }
}

function lineItem(
  world: World,
  item: NonNullable<Creation["line_items"]>[number],
  index: number,
  { mode, line_items }: Creation,
): SessionLineItem {
  const param = `line_items[${index}]`;
  const price = priceOf(world, item, param);
  if (mode === "subscription") {
    const firstId = line_items?.[0]?.price;
    const first = firstId === undefined ? price : world.must("prices", firstId);
    if (price.recurring === null && first.recurring !== null) {
      throw notImitated("one-time line items beside a subscription", `${param}[price]`);
    }
    checkRecurring(price, first);
  } else if (price.recurring !== null) {
    throw invalidRequest(
      "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      { param: "mode" },
    );
  }
  const quantity = item.quantity ?? 1;
  const total = (price.unit_amount ?? 0) * quantity;
  return {
    id: world.newId("li"),
    object: "item",
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency: price.currency,
    description: world.must("products", price.product).name,
    metadata: {},
    price,
    quantity,
  };
}

function priceOf(
  world: World,
  { price, price_data }: NonNullable<Creation["line_items"]>[number],
  param: string,
): Price {
  if (price !== undefined) {
    const found = world.find("prices", price, "price", `${param}[price]`);
    if (!found.active) {
      throw invalidRequest(
        "The price specified is inactive. This field only accepts active prices.",
        {
          param: `${param}[price]`,
        },
      );
    }
    return found;
  }
  if (price_data === undefined) {
    throw invalidRequest(`Missing required param: ${param}[price].`, {
      code: "parameter_missing",
      param: `${param}[price]`,
    });
  }
  const { product, product_data, ...data } = price_data;
  const productId =
    product === undefined
      ? world.insert(
          "products",
          newProduct({
            id: world.newId("prod", 14),
            createdSeconds: world.nowSeconds(),
            name: product_data?.name ?? "Product",
            metadata: mergeMetadata({}, product_data?.metadata),
          }),
          "product.created",
        ).id
      : world.find("products", product, "product", `${param}[price_data][product]`).id;
  return createPrice(world, { ...data, product: productId });
}
