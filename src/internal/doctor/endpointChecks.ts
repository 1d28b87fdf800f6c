import { RULED_TYPES } from "../ledger/eventFact.ts";
import { STRIPE_API_VERSION } from "../recovery/stripeApi.ts";
import { type Check, fail, ok, warn } from "./Check.ts";

/** Of a webhook endpoint at Stripe, what is looked at. */
export interface RegisteredEndpoint {
  url: string;
  status: string;
  api_version: string | null;
  enabled_events: string[];
}

const PATH = "/stripe/webhook";

/** Without these, somebody pays and gets nothing, or keeps what is not paid for. */
const ESSENTIAL_TYPES = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "invoice.paid",
];

/** Names of types that a sentence shows. */
const MAX_NAMED = 8;

/**
 * Whether Stripe delivers here what is needed.
 *
 * @param ownOrigin where the world finds this gateway; null when that is not known, so endpoints are told
 *   by their path alone
 */
export function endpointChecks(
  endpoints: readonly RegisteredEndpoint[],
  ownOrigin: string | null,
): Check[] {
  const byPath = endpoints.filter(({ url }) => URL.parse(url)?.pathname === PATH);
  const own =
    ownOrigin === null ? byPath : byPath.filter(({ url }) => url === `${ownOrigin}${PATH}`);
  const [enabled] = own.filter(({ status }) => status === "enabled");
  if (enabled !== undefined) {
    return [
      ok("webhook_endpoint", `Stripe delivers to ${enabled.url}.`),
      versionCheck(enabled),
      eventsCheck(enabled),
    ];
  }
  return [own.length > 0 ? disabled(own) : missing(byPath, ownOrigin)];
}

function disabled(own: readonly RegisteredEndpoint[]): Check {
  return fail(
    "webhook_endpoint",
    `The endpoint ${own[0]?.url} is disabled: nothing is delivered.`,
    "Enable it at Stripe, then reconcile for what was missed.",
  );
}

function missing(byPath: readonly RegisteredEndpoint[], ownOrigin: string | null): Check {
  const others = byPath.map(({ url }) => url);
  return fail(
    "webhook_endpoint",
    others.length === 0
      ? `No webhook endpoint at Stripe ends in ${PATH}.`
      : `Stripe delivers to ${others.join(", ")}, and this gateway is ${ownOrigin}.`,
    others.length === 0
      ? "Make one for this gateway's address, and set its signing secret. (Thin destinations are not seen here.)"
      : "Mend the endpoint's address at Stripe, or set CONVEX_SITE_URL to the address that the world knows.",
  );
}

function versionCheck({ api_version }: RegisteredEndpoint): Check {
  return api_version === STRIPE_API_VERSION
    ? ok("webhook_api_version", `The endpoint delivers in ${STRIPE_API_VERSION}.`)
    : warn(
        "webhook_api_version",
        `The endpoint delivers in ${api_version ?? "the account's default version"}, not in ${STRIPE_API_VERSION}.`,
        "Each is understood. To be sure of new fields, make an endpoint of that version and remove this one.",
      );
}

function eventsCheck({ enabled_events }: RegisteredEndpoint): Check {
  const sent = new Set(enabled_events);
  const missingTypes = sent.has("*") ? [] : RULED_TYPES.filter((type) => !sent.has(type));
  const essential = missingTypes.filter((type) => ESSENTIAL_TYPES.includes(type));
  const detail = (types: readonly string[]) =>
    `The endpoint does not send ${types.slice(0, MAX_NAMED).join(", ")}${types.length > MAX_NAMED ? ` and ${types.length - MAX_NAMED} more` : ""}.`;
  const whatToDo = "Add them to the endpoint's events at Stripe.";
  if (essential.length > 0) {
    return fail("webhook_events", detail(essential), whatToDo);
  }
  return missingTypes.length > 0
    ? warn("webhook_events", detail(missingTypes), whatToDo)
    : ok("webhook_events", "Every type that has a rule is sent.");
}
