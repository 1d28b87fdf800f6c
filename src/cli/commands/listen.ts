import { setTimeout as wait } from "node:timers/promises";
import { type Command, UsageError } from "../Command.ts";
import {
  type Attempt,
  deliveriesOf,
  deliveryLine,
  type SandboxDelivery,
} from "../sandbox/deliveries.ts";
import { connectSandbox, SANDBOX_HELP, SANDBOX_OPTIONS } from "../sandbox/SandboxConnection.ts";

const LOOK_EVERY_MS = 250;

export const listenCommand: Command = {
  name: "listen",
  summary: "show the sandbox's deliveries as they happen",
  help: `Shows each delivery of the sandbox as it happens: when, what, which event, and what was answered.
Ends with Ctrl+C. Of more than 100 deliveries in a quarter of a second only the newest are shown.

Usage: tollgate listen [--json] [options]

  --json                 one JSON object a line
${SANDBOX_HELP}

Exit codes: 2 wrong usage, 3 no sandbox answers.
`,
  options: { ...SANDBOX_OPTIONS, json: { type: "boolean" } },
  run: async (input) => {
    if (input.positionals.length > 0) {
      throw new UsageError("listen takes no argument");
    }
    const connection = await connectSandbox(input);
    const line = input.values["json"] === true ? jsonLine : deliveryLine;
    let shown = counts(await deliveriesOf(connection));
    process.stderr.write(`Listening to ${connection.url}. Stop with Ctrl+C.\n`);
    for (;;) {
      await wait(LOOK_EVERY_MS);
      const deliveries = await deliveriesOf(connection);
      for (const delivery of deliveries.toReversed()) {
        for (const attempt of delivery.attempts.slice(shown.get(delivery.id) ?? 0)) {
          process.stdout.write(`${line(delivery, attempt)}\n`);
        }
      }
      shown = counts(deliveries);
    }
  },
};

function counts(deliveries: readonly SandboxDelivery[]): Map<string, number> {
  return new Map(deliveries.map(({ id, attempts }) => [id, attempts.length]));
}

function jsonLine({ event, eventType }: SandboxDelivery, attempt: Attempt): string {
  return JSON.stringify({ type: eventType, event, ...attempt });
}
