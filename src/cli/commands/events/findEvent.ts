import { FunctionFailedError } from "../../../internal/audit/deployment.ts";
import type { Connection } from "../../deployment/Connection.ts";

/** What `dashboard:event` answers, as far as it is used here. */
export interface ShownEvent {
  row: { _id: string; status: string } & Record<string, unknown>;
  plan: { planId: string; ownerId: string; planType: string } | null;
  changes: { from: string; to: string; reason: string }[];
  waitsFor: string[];
  isBodyAsVerified: boolean | null;
}

/** The event with this id. @throws FunctionFailedError `event_not_found` */
export async function findEvent({ call }: Connection, eventId: string): Promise<ShownEvent> {
  const event = (await call("dashboard:event", { eventId })) as ShownEvent | null;
  if (event === null) {
    throw new FunctionFailedError(
      "No verified event with this id is in the ledger. If Stripe made it, it was not delivered.",
      "event_not_found",
    );
  }
  return event;
}
