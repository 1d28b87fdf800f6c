import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { deliveriesOf, deliveryLine } from "../sandbox/deliveries.ts";
import { connectSandbox } from "../sandbox/SandboxConnection.ts";
import { TRIGGERS } from "../sandbox/triggers.ts";

const DEFAULT_OWNER = "demo";

const EVENTS = Object.keys(TRIGGERS);

export const triggerCommand: Command = {
  name: "trigger",
  summary: "let the sandbox come to an event by itself",
  description: `Lets the sandbox go through the steps that cause an event, and shows what the gateway answered. No event
is made up: objects are created, paid, canceled, refunded, and the sandbox says so as Stripe would.

EVENT is one of
${EVENTS.map((type) => `  ${type}`).join("\n")}`,
  usage: ["EVENT [--owner OWNER]"],
  where: ["sandbox"],
  options: {
    owner: {
      type: "string",
      value: "OWNER",
      text: `whose plan it is about, opened when there is none (${DEFAULT_OWNER})`,
    },
  },
  examples: ["trigger customer.subscription.created --owner demo"],
  words: EVENTS,
  does: async (input) => {
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
      input.out.failure("event_not_caused", `The steps were taken, but no ${type} came.`);
      return EXIT.findings;
    }
    await connection.control("/deliveries/settle", {});
    const deliveries = await deliveriesOf(connection, `event=${event.id}`);
    const lines = deliveries.flatMap((delivery) =>
      delivery.attempts.map((attempt) => `${deliveryLine(delivery, attempt)}\n`),
    );
    input.out.result(deliveries, lines.join(""));
    return EXIT.clean;
  },
};
