import { ConvexError } from "convex/values";

/** Why a payment function refused; stable, for programs. */
export type RefusalCode =
  | "signature_not_verified"
  | "not_an_event"
  | "stripe_key_missing"
  | "reconcile_running"
  | "replay_running"
  | "replay_not_running"
  | "time_range_invalid"
  | "plan_not_found"
  | "owner_id_invalid"
  | "event_not_found"
  | "event_not_applied"
  | "event_not_waiting"
  | "reason_invalid"
  | "event_body_unavailable"
  | "event_for_another_plan"
  | "event_does_not_pay"
  | "event_superseded"
  | "payment_write_refused"
  | "too_many_facts"
  | "body_altered"
  | "retention_days_invalid"
  | "erasure_reason_invalid"
  | "not_signed_in"
  | "plan_not_offered"
  | "price_not_found"
  | "seats_invalid"
  | "origin_not_allowed"
  | "link_invalid"
  | "link_expired"
  | "checkout_busy"
  | "too_many_requests"
  | "too_many_objects"
  | "price_mismatch"
  | "subscription_exists"
  | "already_bought"
  | "payment_pending"
  | "customer_not_found"
  | "stripe_unavailable"
  | "stripe_refused";

/** A refusal that reaches the caller, CLI and dashboard included, with its code in `data`. */
export function refusal(
  code: RefusalCode,
  message: string,
): ConvexError<{ code: RefusalCode; message: string }> {
  return new ConvexError({ code, message });
}

/** The code of a refusal that was caught, perhaps from another function; null for any other error. */
export function refusalCode(error: unknown): string | null {
  const data: unknown = error instanceof ConvexError ? error.data : null;
  const code = typeof data === "object" && data !== null && "code" in data ? data.code : null;
  return typeof code === "string" ? code : null;
}
