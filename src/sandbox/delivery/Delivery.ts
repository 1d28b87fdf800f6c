import type { DeliveryFault } from "./Fault.ts";

export interface DeliveryAttempt {
  /** Wall clock, as in the signature. */
  atMs: number;
  /** The status of the answer; null when there was none. */
  status: number | null;
  /** Why there was no answer. */
  error: string | null;
}

/** One event on its way to one webhook endpoint. */
export interface Delivery {
  id: string;
  event: string;
  eventType: string;
  endpoint: string;
  /** `dropped` and `failed` are over without success; `waiting` has an attempt to come. */
  status: "delivered" | "dropped" | "failed" | "waiting";
  attempts: DeliveryAttempt[];
  /** Sandbox time of the next attempt, null when there is none. */
  dueMs: number | null;
  /** True for the second copy of a duplicate and for a resend: it is not counted in `pending_webhooks`. */
  isExtra: boolean;
  fault: DeliveryFault | null;
}
