import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { deliveriesOf, deliveryLine } from "../sandbox/deliveries.ts";
import { connectSandbox, SANDBOX_HELP, SANDBOX_OPTIONS } from "../sandbox/SandboxConnection.ts";
import { TRIGGERS } from "../sandbox/triggers.ts";

const DEFAULT_OWNER = "demo";

export const triggerCommand: Command = {
  name: "trigger",
  summary: "let the sandbox come to an event by itself",
  help: `Lets the sandbox go through the steps that cause an event, and shows what the gateway answered. No event
is made up: objects are created, paid, canceled, refunded, and the sandbox says so as Stripe would.

Usage: tollgate trigger EVENT [--owner OWNER] [options]

  --owner OWNER          whose plan it is about, opened when there is none (${DEFAULT_OWNER})
${SANDBOX_HELP}

Events
${Object.keys(TRIGGERS)
  .map((type) => `  ${type}`)
  .join("\n")}

Exit codes: 0 done, 1 the event did not come, 2 wrong usage, 3 no sandbox answers.
`,
  options: { ...SANDBOX_OPTIONS, owner: { type: "string" } },
  run: async (input) => {
    const type = onlyPositional(input, "event");
    const steps = TRIGGERS[type];
    if (steps === undefined) {
      throw new UsageError(`${type} cannot be triggered`);
    }
    const connection = await connectSandbox(input);
    const owner = textOption(input, "owner") ?? DEFAULT_OWNER;
    const { plan_id: planId } = (await connection.control("/owners", { owner })) as {
      plan_id: string;
    };
    const newest = () => connection.stripe.events.list({ type, limit: 1 });
    const before = (await newest()).data[0]?.id;
    await steps({ ...connection, planId });
    const event = (await newest()).data[0];
    if (event === undefined || event.id === before) {
      process.stderr.write(`The steps were taken, but no ${type} came.\n`);
      return EXIT.findings;
    }
    await connection.control("/deliveries/settle", {});
    for (const delivery of await deliveriesOf(connection, `event=${event.id}`)) {
      for (const attempt of delivery.attempts) {
        process.stdout.write(`${deliveryLine(delivery, attempt)}\n`);
      }
    }
    return EXIT.clean;
  },
};
