import type { SandboxConnection } from "./SandboxConnection.ts";

/** One try to deliver an event. */
export interface Attempt {
  atMs: number;
  /** The gateway's answer; null when there was none. */
  status: number | null;
  error: string | null;
}

/** As the sandbox lists it; docs/sandbox.md. */
export interface SandboxDelivery {
  id: string;
  event: string;
  eventType: string;
  attempts: Attempt[];
}

/** The newest 100 deliveries, newest first. @param query which ones, as the sandbox takes it */
export async function deliveriesOf(
  { control }: SandboxConnection,
  query = "",
): Promise<SandboxDelivery[]> {
  const list = await control(`/deliveries?limit=100&${query}`);
  return (list as { data: SandboxDelivery[] }).data;
}

/** Time, type, id and answer, for people. */
export function deliveryLine({ event, eventType }: SandboxDelivery, attempt: Attempt): string {
  const answer = attempt.status ?? attempt.error ?? "no answer";
  return `${new Date(attempt.atMs).toISOString()}  ${eventType}  ${event}  ${answer}`;
}
