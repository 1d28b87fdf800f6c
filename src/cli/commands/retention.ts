import { type Command, EXIT, textOption, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

/** What `retention:dropBodies` answers. */
interface Batch {
  dropped: number;
  kept: number;
  next: number | null;
}

export const retentionCommand: Command = {
  name: "retention",
  summary: "show for how long bodies are kept, or drop old ones now",
  help: `Shows for how many days bodies of events are kept; with --days, drops older ones now.

Usage: tollgate retention [--days N] [options]

What was understood of an event stays, and so do its hash and evidence: plans still follow from the ledger,
and the audit still proves them. Bodies of events that failed are kept. A dropped body does not come back.
TOLLGATE_BODY_RETENTION_DAYS has the gateway do this every day.

  --days N               drop bodies that came more than N days ago
${CONNECTION_HELP}

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- retention
  npm run tollgate -- retention --days 90
`,
  options: { ...CONNECTION_OPTIONS, days: { type: "string" } },
  run: async (input) => {
    const text = textOption(input, "days");
    if (text !== null && !/^[1-9]\d{0,4}$/.test(text)) {
      throw new UsageError("--days is a whole number from 1 to 99999");
    }
    const connection = connect(input);
    try {
      if (text === null) {
        const days = await connection.call("retention:setting", {});
        const kept = days === null ? "for ever" : `for ${days} days`;
        process.stdout.write(`Bodies are kept ${kept}.\n`);
        return EXIT.clean;
      }
      let [dropped, kept] = [0, 0];
      let after: number | null = 0;
      while (after !== null) {
        const args = { days: Number(text), after };
        const batch = (await connection.call("retention:dropBodies", args)) as Batch;
        dropped += batch.dropped;
        kept += batch.kept;
        after = batch.next;
      }
      process.stdout.write(
        `${dropped} bodies dropped, ${kept} kept, of events that failed or were changed.\n`,
      );
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};
