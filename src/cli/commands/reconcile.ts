import { setTimeout as wait } from "node:timers/promises";
import { REASON_OPTION } from "../allOptions.ts";
import { type Command, type CommandInput, EXIT, noPositional, timeOption } from "../Command.ts";
import type { Connection } from "../deployment/Connection.ts";
import { requireRunning, withConnection } from "../deployment/connect.ts";
import { Progress } from "../Progress.ts";

const LOOK_EVERY_MS = 200;

/** What `reconcile:status` answers, as far as it is shown. */
interface Status {
  lagSeconds: number;
  lastSureEventAtSeconds: number | null;
  run: {
    _id: string;
    state: "running" | "done" | "failed";
    seen: number;
    new: number;
    applied: number;
    failed: number;
    failure: string | null;
  } | null;
}

export const reconcileCommand: Command = {
  name: "reconcile",
  summary: "take in what Stripe lists and the ledger does not have",
  description: `Compares what Stripe lists with the ledger and takes in what is missing, oldest first, by the same door and
rule as deliveries. Needs STRIPE_SECRET_KEY at the gateway, which also does this every 15 minutes. A run goes on
by itself, whatever becomes of this command.

TIME is like 2026-11-24T03:00Z, or how long ago, like 36h.`,
  usage: ["[--since TIME] [--subscriptions] [--no-wait] [--reason TEXT]", "--status"],
  where: ["gateway", "Convex"],
  options: {
    since: {
      type: "string",
      value: "TIME",
      text: "events made from then on (from shortly before the last sure time, at most 30 days)",
    },
    subscriptions: { type: "boolean", text: "also take in every subscription as it is now" },
    "no-wait": { type: "boolean", text: "do not wait until it is over" },
    status: { type: "boolean", text: "only show how far the newest run is" },
    ...REASON_OPTION,
  },
  examples: [
    'reconcile --reason "Ann paid and has no plan"',
    "reconcile --since 48h --subscriptions",
    "reconcile --status --json",
  ],
  does: async (input) => {
    noPositional(input);
    const sinceMs = timeOption(input, "since");
    return await withConnection(input, async (connection) => {
      requireRunning(connection, "A reconcile");
      if (input.values["status"] !== true) {
        await connection.call("reconcile:run", {
          ...(sinceMs !== null && { sinceSeconds: Math.floor(sinceMs / 1_000) }),
          ...(input.values["subscriptions"] === true && { subscriptions: true }),
        });
      }
      const isWaiting = input.values["status"] !== true && input.values["no-wait"] !== true;
      const status = isWaiting ? await finished(connection, input) : await statusOf(connection);
      input.out.result(status, statusText(status, input));
      return status.run?.state === "failed" ? EXIT.findings : EXIT.clean;
    });
  },
};

async function statusOf({ call }: Connection): Promise<Status> {
  return (await call("reconcile:status", {})) as Status;
}

async function finished(connection: Connection, { out }: CommandInput): Promise<Status> {
  const progress = new Progress(out, "listed");
  try {
    for (;;) {
      const status = await statusOf(connection);
      if (status.run?.state !== "running") {
        return status;
      }
      // How much Stripe lists is known at the end.
      progress.update(status.run.seen, status.run.seen);
      await wait(LOOK_EVERY_MS);
    }
  } finally {
    progress.stop();
  }
}

function statusText(
  { run, lagSeconds, lastSureEventAtSeconds: sure }: Status,
  input: CommandInput,
): string {
  if (run === null) {
    return "There was no reconcile yet.\n";
  }
  const failure = run.failure === null ? "" : ` (${run.failure})`;
  const until = sure === null ? "not yet" : `until ${new Date(sure * 1_000).toISOString()}`;
  return `${input.out.state(run.state)}: ${run.seen} seen, ${run.new} new, ${run.applied} applied, ${run.failed} failed${failure}
The ledger is sure ${until}, and ${lagSeconds} seconds behind.
`;
}
