import { convexToJson } from "convex/values";

/** How the `convex` package writes `ctx.db.vars.commitTs`. Inside a string its quotes would be escaped. */
const PLACEHOLDER = '{"$commitTs":null}';

/** Convex JSON text with the placeholders of the commit's time replaced by that time, an int64. */
export function withCommitTimestamp(text: string, timestamp: bigint): string {
  return text.includes(PLACEHOLDER)
    ? text.replaceAll(PLACEHOLDER, JSON.stringify(convexToJson(timestamp)))
    : text;
}
