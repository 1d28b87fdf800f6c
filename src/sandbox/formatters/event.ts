import type Stripe from "stripe";
import { API_VERSION } from "../apiVersion.ts";

/** A snapshot event as it is listed and delivered, with the object as it was when it happened. */
export interface SandboxEvent {
  id: string;
  object: "event";
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: Record<string, unknown> };
  livemode: false;
  /** Deliveries that have not succeeded yet. */
  pending_webhooks: number;
  request: RequestOrigin;
  type: string;
}

/** The request that caused an event; both fields are null for what happened by itself, as at Stripe. */
export type RequestOrigin = Stripe.Event.Request;

/** A new event. `previous` is given for changes. */
export function newEvent(fields: {
  id: string;
  createdSeconds: number;
  type: string;
  object: object;
  previous: Record<string, unknown> | null;
  request: RequestOrigin;
  pendingWebhooks: number;
}): SandboxEvent {
  return {
    id: fields.id,
    object: "event",
    api_version: API_VERSION,
    created: fields.createdSeconds,
    data: {
      object: fields.object,
      ...(fields.previous !== null && { previous_attributes: fields.previous }),
    },
    livemode: false,
    pending_webhooks: fields.pendingWebhooks,
    request: fields.request,
    type: fields.type,
  };
}
