import { refusal } from "../refusal.ts";
import type { EventStanding } from "./standing.ts";

/** The reason of an event that was marked dead begins with this; why it was marked follows. */
const MARK = "marked_dead: ";

const MAX_REASON_CHARACTERS = 500;

/** States in which something is still to be tried, or could be. The others have had their effect, or none. */
const CAN_BE_MARKED: ReadonlySet<string> = new Set(["failed", "received", "dead"]);

/**
 * How an event stands that shall be tried no more.
 *
 * @param reason why; the ledger keeps it
 * @throws ConvexError `event_not_waiting` when nothing is to be tried, `reason_invalid`
 */
export function markedDeadStanding(
  { status }: Pick<EventStanding, "status">,
  reason: string,
): Partial<EventStanding> {
  if (!CAN_BE_MARKED.has(status)) {
    throw refusal("event_not_waiting", `The event is ${status}: there is nothing left to try.`);
  }
  const why = reason.trim();
  if (why === "" || why.length > MAX_REASON_CHARACTERS) {
    throw refusal("reason_invalid", `A reason has 1 to ${MAX_REASON_CHARACTERS} characters.`);
  }
  return { status: "dead", statusReason: `${MARK}${why}`, nextAttemptAtMs: null };
}

/** Whether an operator marked it dead. */
export function isMarkedDead({
  status,
  statusReason,
}: Pick<EventStanding, "status" | "statusReason">): boolean {
  return status === "dead" && statusReason?.startsWith(MARK) === true;
}
