import type { Place, PlaceName } from "./Place.ts";

/** What places promise, with the body that proves it: HTTP, WebSocket and signed events only. */
export interface ContractCase {
  /** Numbers of docs/SPEC.md. */
  readonly promises: readonly string[];
  readonly what: string;
  /** Where it does not apply, with the reason. */
  readonly skipped?: Partial<Record<PlaceName, string>>;
  run(place: Place): Promise<void>;
}

export const NO_HTTP_API = {
  "convex-test": "has no HTTP API, no WebSocket and no admin key",
} as const;
export const NOTHING_KEPT = { "convex-test": "keeps nothing and cannot be restarted" } as const;
export const NO_STORE = { "convex-test": "has no store that could fail" } as const;
export const NO_CRONS = { "convex-test": "runs no crons" } as const;
