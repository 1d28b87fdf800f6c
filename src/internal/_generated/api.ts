/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";
import { anyApi } from "convex/server";
import type * as applyEvent from "../applyEvent.js";
import type * as environment from "../environment.js";
import type * as eventFact from "../eventFact.js";
import type * as events from "../events.js";
import type * as facts from "../facts.js";
import type * as functions from "../functions.js";
import type * as guardedDatabase from "../guardedDatabase.js";
import type * as health from "../health.js";
import type * as http from "../http.js";
import type * as ledger from "../ledger.js";
import type * as links from "../links.js";
import type * as model_canonicalJson from "../model/canonicalJson.js";
import type * as model_catalog from "../model/catalog.js";
import type * as model_chargeFact from "../model/chargeFact.js";
import type * as model_checkoutSessionFact from "../model/checkoutSessionFact.js";
import type * as model_checkoutSessionGrant from "../model/checkoutSessionGrant.js";
import type * as model_compareText from "../model/compareText.js";
import type * as model_customerFact from "../model/customerFact.js";
import type * as model_derivePlan from "../model/derivePlan.js";
import type * as model_grant from "../model/grant.js";
import type * as model_invoiceFact from "../model/invoiceFact.js";
import type * as model_invoiceGrant from "../model/invoiceGrant.js";
import type * as model_joinPlanIdClaims from "../model/joinPlanIdClaims.js";
import type * as model_joinPrices from "../model/joinPrices.js";
import type * as model_joinSetOnce from "../model/joinSetOnce.js";
import type * as model_leadingFact from "../model/leadingFact.js";
import type * as model_paysFor from "../model/paysFor.js";
import type * as model_planRules from "../model/planRules.js";
import type * as model_policy from "../model/policy.js";
import type * as model_subscriptionGrant from "../model/subscriptionGrant.js";
import type * as model_subscriptionRecords from "../model/subscriptionRecords.js";
import type * as paymentDatabase from "../paymentDatabase.js";
import type * as planWriter from "../planWriter.js";
import type * as plans from "../plans.js";
import type * as refusal from "../refusal.js";

const fullApi: ApiFromModules<{
  applyEvent: typeof applyEvent;
  environment: typeof environment;
  eventFact: typeof eventFact;
  events: typeof events;
  facts: typeof facts;
  functions: typeof functions;
  guardedDatabase: typeof guardedDatabase;
  health: typeof health;
  http: typeof http;
  ledger: typeof ledger;
  links: typeof links;
  "model/canonicalJson": typeof model_canonicalJson;
  "model/catalog": typeof model_catalog;
  "model/chargeFact": typeof model_chargeFact;
  "model/checkoutSessionFact": typeof model_checkoutSessionFact;
  "model/checkoutSessionGrant": typeof model_checkoutSessionGrant;
  "model/compareText": typeof model_compareText;
  "model/customerFact": typeof model_customerFact;
  "model/derivePlan": typeof model_derivePlan;
  "model/grant": typeof model_grant;
  "model/invoiceFact": typeof model_invoiceFact;
  "model/invoiceGrant": typeof model_invoiceGrant;
  "model/joinPlanIdClaims": typeof model_joinPlanIdClaims;
  "model/joinPrices": typeof model_joinPrices;
  "model/joinSetOnce": typeof model_joinSetOnce;
  "model/leadingFact": typeof model_leadingFact;
  "model/paysFor": typeof model_paysFor;
  "model/planRules": typeof model_planRules;
  "model/policy": typeof model_policy;
  "model/subscriptionGrant": typeof model_subscriptionGrant;
  "model/subscriptionRecords": typeof model_subscriptionRecords;
  paymentDatabase: typeof paymentDatabase;
  planWriter: typeof planWriter;
  plans: typeof plans;
  refusal: typeof refusal;
}> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
> = anyApi as any;
