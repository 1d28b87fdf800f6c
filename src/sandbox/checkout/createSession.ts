import { mergeMetadata } from "../api/parameters.ts";
import { createPrice } from "../billing/createPrice.ts";
import { checkRecurring } from "../billing/createSubscription.ts";
import { chosenDiscount, discountedItems } from "../billing/discounts.ts";
import type { CheckoutSession, Price, SessionLineItem } from "../entities.ts";
import { newCheckoutSession } from "../formatters/newCheckoutSession.ts";
import { newProduct } from "../formatters/newProduct.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";
import type { World } from "../state/World.ts";
import type { SessionCreation } from "./sessionParameters.ts";

const DAY_SECONDS = 24 * 3_600;
const SHORTEST_SECONDS = 1_800;
/** A trial needs this long, so that there is time to take the first payment. */
const SHORTEST_TRIAL_SECONDS = 2 * DAY_SECONDS;

/**
 * Makes an open Checkout Session.
 *
 * @throws StripeError for what does not exist or cannot go together
 */
export function createSession(
  world: World,
  given: SessionCreation,
  origin: string,
): CheckoutSession {
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
    allowedPaymentMethodTypes: given.allowed_payment_method_types ?? null,
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
function check(world: World, given: SessionCreation): void {
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
  item: NonNullable<SessionCreation["line_items"]>[number],
  index: number,
  { mode, line_items }: SessionCreation,
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
    adjustable_quantity: adjustable(item),
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

function adjustable({
  adjustable_quantity: given,
}: NonNullable<SessionCreation["line_items"]>[number]): SessionLineItem["adjustable_quantity"] {
  return given === undefined
    ? null
    : { enabled: given.enabled, minimum: given.minimum ?? 0, maximum: given.maximum ?? 99 };
}

function priceOf(
  world: World,
  { price, price_data }: NonNullable<SessionCreation["line_items"]>[number],
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
