import type { Route } from "../api/Route.ts";
import { chargeRoutes } from "./charges.ts";
import { checkoutSessionRoutes } from "./checkoutSessions.ts";
import { couponRoutes } from "./coupons.ts";
import { customerRoutes } from "./customers.ts";
import { eventRoutes } from "./events.ts";
import { invoiceRoutes } from "./invoices.ts";
import { paymentIntentRoutes } from "./paymentIntents.ts";
import { paymentMethodRoutes } from "./paymentMethods.ts";
import { portalSessionRoutes } from "./portalSessions.ts";
import { priceRoutes } from "./prices.ts";
import { productRoutes } from "./products.ts";
import { setupIntentRoutes } from "./setupIntents.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { webhookEndpointRoutes } from "./webhookEndpoints.ts";

/** Every request of Stripe's API that the sandbox answers. What does not stand here is refused. */
export const allRoutes: readonly Route[] = [
  ...chargeRoutes,
  ...checkoutSessionRoutes,
  ...couponRoutes,
  ...customerRoutes,
  ...eventRoutes,
  ...invoiceRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...portalSessionRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...setupIntentRoutes,
  ...subscriptionRoutes,
  ...webhookEndpointRoutes,
];
