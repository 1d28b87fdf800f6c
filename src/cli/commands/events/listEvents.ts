import { type CommandInput, EXIT, noPositional, numberOption, textOption } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import { firstPages } from "../../deployment/firstPages.ts";
import { eventFilter } from "./eventFilter.ts";
import { eventLine, type ListedEvent } from "./eventLine.ts";

const LIMIT = { least: 1, most: 10_000, usual: 50 };

/** Shows the events that match, newest first. */
export async function listEvents(input: CommandInput): Promise<number> {
  noPositional(input);
  const of = textOption(input, "of");
  const filter = { ...eventFilter(input), ...(of !== null && { of }) };
  const limit = numberOption(input, "limit", LIMIT);
  return await withConnection(input, async (connection) => {
    const path = "dashboard:events";
    const events = await firstPages<ListedEvent>(connection, path, { filter }, limit);
    const text = events.map((event) => `${eventLine(event, input.out)}\n`).join("");
    input.out.result(events, text || "No event. If Stripe made one, it was not delivered.\n");
    return EXIT.clean;
  });
}
