import { REASON_OPTION } from "../allOptions.ts";
import { type Command, EXIT, noPositional, textOption, UsageError } from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";

/** What `retention:dropBodies` answers. */
interface Batch {
  dropped: number;
  kept: number;
  next: number | null;
}

export const retentionCommand: Command = {
  name: "retention",
  summary: "show for how long bodies are kept, or drop old ones now",
  description: `Shows for how many days bodies of events are kept; with --days, drops older ones now.

What was understood of an event stays, and so do its hash and evidence: plans still follow from the ledger,
and the audit still proves them. Bodies of events that failed are kept. A dropped body does not come back.
TOLLGATE_BODY_RETENTION_DAYS has the gateway do this every day.`,
  usage: ["[--days N] [--reason TEXT]"],
  where: ["data directory", "gateway", "Convex"],
  options: {
    days: { type: "string", value: "N", text: "drop bodies that came more than N days ago" },
    ...REASON_OPTION,
  },
  examples: ["retention", "retention --days 90"],
  does: async (input) => {
    noPositional(input);
    const text = textOption(input, "days");
    if (text !== null && !/^[1-9]\d{0,4}$/.test(text)) {
      throw new UsageError("--days is a whole number from 1 to 99999");
    }
    return await withConnection(input, async ({ call }) => {
      if (text === null) {
        const days = await call("retention:setting", {});
        const kept = days === null ? "for ever" : `for ${days} days`;
        input.out.result({ days }, `Bodies are kept ${kept}.\n`);
        return EXIT.clean;
      }
      let [dropped, kept] = [0, 0];
      let after: number | null = 0;
      while (after !== null) {
        const args = { days: Number(text), after };
        const batch = (await call("retention:dropBodies", args)) as Batch;
        dropped += batch.dropped;
        kept += batch.kept;
        after = batch.next;
      }
      input.out.result(
        { dropped, kept },
        `${dropped} bodies dropped, ${kept} kept, of events that failed or were changed.\n`,
      );
      return EXIT.clean;
    });
  },
};
