import type { JsonObject } from "../../fixtures/stripe.ts";
import type { Random } from "./random.ts";

/** What goes wrong on the way of events: nothing, clocks that are off, or events that never arrive. */
export type Trouble = "none" | "skew" | "loss";

/** The event as a clock told it that is off by a second one time in ten. */
export function skewed(event: JsonObject, random: Random): JsonObject {
  const skew = [-1, 1][random.below(20)] ?? 0;
  return { ...event, created: Number(event["created"]) + skew };
}

/**
 * Whether this event never arrives: one in four about a subscription. A read mends that, but does not
 * tell since when a subscription is behind with its payments, so events that do are not lost here.
 */
export function loses({ type, data }: JsonObject, random: Random): boolean {
  const { object, previous_attributes } = data as Record<string, JsonObject | undefined>;
  const statuses = [object?.["status"], previous_attributes?.["status"]];
  const isAboutDebt = statuses.includes("past_due") || statuses.includes("unpaid");
  const isLosable = String(type).startsWith("customer.subscription.") && !isAboutDebt;
  return isLosable && random.below(4) === 0;
}
