import { FunctionFailedError } from "../../../internal/audit/deployment.ts";
import { type CommandInput, EXIT, noPositional } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";

/** Ends the replay of many events that runs. */
export async function cancelReplay(input: CommandInput): Promise<number> {
  noPositional(input);
  return await withConnection(input, async ({ call }) => {
    const newest = (await call("inbox:replayProgress", {})) as { _id: string } | null;
    if (newest === null) {
      throw new FunctionFailedError("There was no replay yet.", "replay_not_running");
    }
    await call("inbox:cancelReplay", { replayId: newest._id });
    input.out.result({ replayId: newest._id }, "The replay has ended.\n");
    return EXIT.clean;
  });
}
