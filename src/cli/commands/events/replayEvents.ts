import { setTimeout as wait } from "node:timers/promises";
import { type CommandInput, EXIT, textOption, UsageError } from "../../Command.ts";
import type { Connection } from "../../deployment/Connection.ts";
import { requireRunning, withConnection } from "../../deployment/connect.ts";
import { Progress } from "../../Progress.ts";
import { eventFilter } from "./eventFilter.ts";
import { replayOne } from "./replayOne.ts";

const LOOK_EVERY_MS = 200;

interface Replay {
  _id: string;
  state: "running" | "done" | "canceled";
  replayed: number;
  failed: number;
  skipped: number;
}

/** Lets one event, or all that match, take effect again. */
export async function replayEvents(input: CommandInput): Promise<number> {
  const [eventId, ...rest] = input.positionals;
  const filter = eventFilter(input);
  const isOne = eventId !== undefined;
  const isFiltered = Object.keys(filter).length > 0;
  if (rest.length > 0 || isOne === isFiltered || textOption(input, "of") !== null) {
    throw new UsageError("name one event, or say which by --status, --type, --from and --to");
  }
  return await withConnection(input, async (connection) => {
    if (isOne) {
      return (await replayOne(connection, eventId, input.out)) ? EXIT.clean : EXIT.findings;
    }
    requireRunning(connection, "A replay of many events");
    const replayId = await connection.call("inbox:replay", filter);
    if (input.values["no-wait"] === true) {
      input.out.result({ replayId }, `The replay has begun: ${replayId}\n`);
      return EXIT.clean;
    }
    const replay = await finished(connection, replayId, new Progress(input.out, "events"));
    const { state, replayed, failed, skipped } = replay;
    const counts = `${replayed} replayed, ${failed} failed, ${skipped} skipped`;
    input.out.result(replay, `${input.out.state(state)}: ${counts}\n`);
    return state === "done" && failed === 0 ? EXIT.clean : EXIT.findings;
  });
}

async function finished(
  { call }: Connection,
  replayId: unknown,
  progress: Progress,
): Promise<Replay> {
  try {
    for (;;) {
      const replay = (await call("inbox:replayProgress", { replayId })) as Replay;
      if (replay.state !== "running") {
        return replay;
      }
      const done = replay.replayed + replay.failed + replay.skipped;
      // How many there are is known at the end.
      progress.update(done, done);
      await wait(LOOK_EVERY_MS);
    }
  } finally {
    progress.stop();
  }
}
