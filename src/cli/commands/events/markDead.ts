import { type CommandInput, EXIT, onlyPositional, textOption, UsageError } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";

/** Has one event that waits be tried no more. */
export async function markDead(input: CommandInput): Promise<number> {
  const eventId = onlyPositional(input, "event");
  const reason = textOption(input, "reason");
  if (reason === null) {
    throw new UsageError("give a --reason: the ledger keeps it");
  }
  return await withConnection(input, async ({ call }) => {
    await call("inbox:markDead", { eventId, reason });
    input.out.result({ eventId, status: "dead" }, "The event is dead: it is tried no more.\n");
    return EXIT.clean;
  });
}
