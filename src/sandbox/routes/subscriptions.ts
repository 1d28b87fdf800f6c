import { z } from "zod";
import { page } from "../api/page.ts";
import { inRange, paging, range, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { cancelSubscription } from "../billing/cancelSubscription.ts";
import { changeSubscription } from "../billing/changeSubscription.ts";
import { isEnded } from "../billing/isEnded.ts";
import { pauseOnRequest } from "../billing/pauseSubscription.ts";
import { resumeSubscription } from "../billing/resumeSubscription.ts";
import { subscribeCustomer } from "../billing/subscribeCustomer.ts";
import {
  cancellationDetails,
  prorationBehavior,
  subscriptionChange,
  subscriptionCreation,
} from "../billing/subscriptionParameters.ts";
import type { Subscription } from "../entities.ts";
import { NOT_CANCELLED } from "../formatters/newSubscription.ts";
import { resourceMissing } from "../StripeError.ts";
import type { World } from "../state/World.ts";

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
  route("POST", "/v1/subscriptions", subscriptionCreation, (world, given, { origin }) =>
    subscribeCustomer(world, given, origin),
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

  route("POST", "/v1/subscriptions/:id", subscriptionChange, (world, given, { id, origin }) =>
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
    "/v1/subscriptions/:id/pause",
    z.strictObject({ type: z.enum(["subscription"]).optional() }),
    (world, _given, { id }) => pauseOnRequest(world, alive(world, id)),
  ),

  route(
    "POST",
    "/v1/subscriptions/:id/resume",
    z.strictObject({
      billing_cycle_anchor: z.strictObject({ type: z.enum(["now"]) }).optional(),
      payment_behavior: z.enum(["resume_on_payment_attempt"]).optional(),
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

/** A subscription that has not ended. @throws StripeError */
function alive(world: World, id: string): Subscription {
  const subscription = world.find("subscriptions", id, "subscription");
  if (isEnded(subscription)) {
    throw resourceMissing("subscription", id);
  }
  return subscription;
}

function hasStatus(
  subscription: Subscription,
  wanted: (typeof STATUSES)[number] | undefined,
): boolean {
  const { status } = subscription;
  switch (wanted) {
    case undefined:
      return status !== "canceled";
    case "all":
      return true;
    case "ended":
      return isEnded(subscription);
    default:
      return status === wanted;
  }
}
