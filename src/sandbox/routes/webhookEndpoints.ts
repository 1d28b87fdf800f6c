import { z } from "zod";
import { page } from "../api/page.ts";
import { flag, mergeMetadata, metadata, paging, text, webUrl } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { API_VERSION } from "../apiVersion.ts";
import { newWebhookEndpoint } from "../formatters/newWebhookEndpoint.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { invalidRequest, notImitated } from "../StripeError.ts";

const eventTypes = z
  .array(z.string().regex(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)+)$/))
  .min(1)
  .max(300);

/** `/v1/webhook_endpoints`. `POST /sandbox/webhook_endpoints/:id/roll_secret` rolls a secret. */
export const webhookEndpointRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/webhook_endpoints",
    z.strictObject({
      url: webUrl,
      enabled_events: eventTypes,
      api_version: text.optional(),
      description: text.optional(),
      metadata: metadata.optional(),
    }),
    (world, given) => {
      if (given.api_version !== undefined && given.api_version !== API_VERSION) {
        throw notImitated(`API versions other than ${API_VERSION}`, "api_version");
      }
      if (world.store.count("webhookEndpoints") >= SANDBOX_LIMITS.webhookEndpoints) {
        throw invalidRequest(
          `You have reached the maximum of ${SANDBOX_LIMITS.webhookEndpoints} webhook endpoints.`,
        );
      }
      const endpoint = newWebhookEndpoint({
        id: world.newId("we"),
        createdSeconds: world.nowSeconds(),
        url: given.url,
        enabledEvents: given.enabled_events,
        description: given.description ?? null,
        metadata: mergeMetadata({}, given.metadata),
      });
      const secret = world.newId("whsec", 32);
      world.store.insert("webhookEndpoints", endpoint);
      world.store.insert("endpointSecrets", {
        id: endpoint.id,
        current: secret,
        former: null,
        formerUntilSeconds: null,
      });
      return { ...endpoint, secret };
    },
  ),

  route("GET", "/v1/webhook_endpoints", z.strictObject(paging), (world, paged) =>
    page("/v1/webhook_endpoints", world.store.all("webhookEndpoints"), paged),
  ),

  route("GET", "/v1/webhook_endpoints/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("webhookEndpoints", id, "webhook endpoint"),
  ),

  route(
    "POST",
    "/v1/webhook_endpoints/:id",
    z.strictObject({
      url: webUrl.optional(),
      enabled_events: eventTypes.optional(),
      disabled: flag.optional(),
      metadata: metadata.optional(),
    }),
    (world, given, { id }) => {
      const endpoint = world.find("webhookEndpoints", id, "webhook endpoint");
      const isDisabled = given.disabled ?? endpoint.status === "disabled";
      return world.update("webhookEndpoints", id, {
        url: given.url ?? endpoint.url,
        enabled_events: given.enabled_events ?? endpoint.enabled_events,
        status: isDisabled ? "disabled" : "enabled",
        metadata: mergeMetadata(endpoint.metadata, given.metadata),
      });
    },
  ),

  route("DELETE", "/v1/webhook_endpoints/:id", z.strictObject({}), (world, _given, { id }) => {
    world.find("webhookEndpoints", id, "webhook endpoint");
    world.store.remove("webhookEndpoints", id);
    world.store.remove("endpointSecrets", id);
    return { id, object: "webhook_endpoint", deleted: true };
  }),
];
