import type { Output } from "../../Output.ts";

/** An event as far as lists show it. */
export interface ListedEvent {
  _id: string;
  stripeEventId: string;
  type: string;
  status: string;
  statusReason: string | null;
  objectId: string | null;
  receivedAtMs: number;
}

const TYPE_WIDTH = 34;

/** When, what became of it, what it is, and about what. */
export function eventLine(event: ListedEvent, out: Output): string {
  const { stripeEventId, type, status, statusReason, objectId, receivedAtMs } = event;
  const when = out.style("dim", new Date(receivedAtMs).toISOString());
  const why = statusReason === null ? "" : `  (${statusReason})`;
  const what = `${type.padEnd(TYPE_WIDTH)} ${stripeEventId}  ${objectId ?? ""}`;
  return `${when}  ${out.state(status, 11)} ${what}${why}`;
}
