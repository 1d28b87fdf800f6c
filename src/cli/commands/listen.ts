import { setTimeout as wait } from "node:timers/promises";
import { type Command, noPositional } from "../Command.ts";
import { deliveriesOf, deliveryLine, type SandboxDelivery } from "../sandbox/deliveries.ts";
import { connectSandbox } from "../sandbox/SandboxConnection.ts";

const LOOK_EVERY_MS = 250;

export const listenCommand: Command = {
  name: "listen",
  summary: "show the sandbox's deliveries as they happen",
  description: `Shows each delivery of the sandbox as it happens: when, what, which event, and what was answered.
Ends with Ctrl+C. Of more than 100 deliveries in a quarter of a second only the newest are shown.`,
  usage: [""],
  where: ["sandbox"],
  options: {},
  examples: ["listen", "listen --json"],
  does: async (input) => {
    noPositional(input);
    const connection = await connectSandbox(input);
    let shown = counts(await deliveriesOf(connection));
    input.out.note(`Listening to ${connection.url}. Stop with Ctrl+C.`);
    for (;;) {
      await wait(LOOK_EVERY_MS);
      const deliveries = await deliveriesOf(connection);
      for (const delivery of deliveries.toReversed()) {
        const { event, eventType: type } = delivery;
        for (const attempt of delivery.attempts.slice(shown.get(delivery.id) ?? 0)) {
          input.out.line({ type, event, ...attempt }, deliveryLine(delivery, attempt));
        }
      }
      shown = counts(deliveries);
    }
  },
};

function counts(deliveries: readonly SandboxDelivery[]): Map<string, number> {
  return new Map(deliveries.map(({ id, attempts }) => [id, attempts.length]));
}
