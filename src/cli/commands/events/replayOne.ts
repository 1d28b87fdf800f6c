import type { Connection } from "../../deployment/Connection.ts";
import type { Output } from "../../Output.ts";

/** Lets one event take effect again, and says how that went. @returns whether its rule went through */
export async function replayOne(
  { call }: Connection,
  eventId: string,
  out: Output,
): Promise<boolean> {
  const result = (await call("inbox:replayEvent", { eventId })) as {
    hasFailed: boolean;
    status: string;
  };
  const { hasFailed, status } = result;
  const text = hasFailed ? `Its rule failed again: it is ${status}.` : `The event is ${status}.`;
  out.result(result, `${out.style(hasFailed ? "red" : "green", text)}\n`);
  return !hasFailed;
}
