import { API_VERSION } from "../apiVersion.ts";
import type { WebhookEndpoint } from "../entities.ts";

/** A webhook endpoint. Its secret is kept apart and shown only when it is created. */
export function newWebhookEndpoint(fields: {
  id: string;
  createdSeconds: number;
  url: string;
  enabledEvents: string[];
  description: string | null;
  metadata: Record<string, string>;
}): WebhookEndpoint {
  return {
    id: fields.id,
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created: fields.createdSeconds,
    description: fields.description,
    enabled_events: fields.enabledEvents,
    livemode: false,
    metadata: fields.metadata,
    status: "enabled",
    url: fields.url,
  };
}
