import type { Subscription } from "../entities.ts";

/** Whether a subscription is over for good. */
export function isEnded({ status }: Subscription): boolean {
  return status === "canceled" || status === "incomplete_expired";
}
