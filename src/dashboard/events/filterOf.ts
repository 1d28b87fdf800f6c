import type { FunctionArgs } from "convex/server";
import type { api } from "../api.ts";

type Filter = FunctionArgs<typeof api.dashboard.events>["filter"];

export const STATUSES = [
  ...(["applied", "recorded", "received", "unlinked", "quarantined", "failed", "dead"] as const),
];

/** The events that a route's parameters ask for. Times are as `datetime-local` fields have them, in UTC. */
export function filterOf(params: Readonly<Record<string, string>>): Filter {
  const status = STATUSES.find((each) => each === params["status"]);
  const fromMs = timeOf(params["from"]);
  const toMs = timeOf(params["to"]);
  return {
    ...(params["of"] && { of: params["of"] }),
    ...(params["type"] && { type: params["type"] }),
    ...(status && { status }),
    ...(fromMs !== null && { fromMs }),
    ...(toMs !== null && { toMs }),
  };
}

/** Milliseconds since 1970 of a `datetime-local` field's text in UTC; null for none. */
export function timeOf(text: string | undefined): number | null {
  const ms = text ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
