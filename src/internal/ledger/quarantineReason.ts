import type { EventEnvelope } from "../../stripe/event.ts";
import { isObservation } from "../../stripe/observation.ts";
import { ownAccount, stripeMode } from "../environment.ts";
import { type LedgerEvent, scopeOf } from "./ledger.ts";

/** Why an event may not touch this deployment's plans, and is kept without effect; null when it may. */
export function quarantineReason({ provenance }: LedgerEvent, event: EventEnvelope): string | null {
  const { mode, account } = scopeOf(event);
  if (mode !== stripeMode()) {
    return "mode_mismatch";
  }
  if (account !== ownAccount()) {
    return "account_not_allowed";
  }
  return isObservation(event.type) && provenance !== "api" ? "observation_not_from_api" : null;
}
