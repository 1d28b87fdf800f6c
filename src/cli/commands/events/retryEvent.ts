import { FunctionFailedError } from "../../../internal/audit/deployment.ts";
import { type CommandInput, EXIT, onlyPositional } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import { findEvent } from "./findEvent.ts";
import { replayOne } from "./replayOne.ts";

/** Tries one event that failed, or is dead, at once. */
export async function retryEvent(input: CommandInput): Promise<number> {
  const eventId = onlyPositional(input, "event");
  return await withConnection(input, async (connection) => {
    const { row } = await findEvent(connection, eventId);
    if (row.status !== "failed" && row.status !== "dead") {
      throw new FunctionFailedError(
        `The event is ${row.status}, so there is nothing to retry; events replay lets it take effect again.`,
        "event_not_failed",
      );
    }
    return (await replayOne(connection, row._id, input.out)) ? EXIT.clean : EXIT.findings;
  });
}
